import { Agent } from 'node:http';
import type { Socket } from 'node:net';

type Connection = { readonly agent: Agent; active: number };

/**
 * The program's connections, each with one of its own to the server: a server that closes an idle connection,
 * or keeps one open, does so to the program.
 */
export class Connections {
  readonly #connections = new Map<Socket, Connection>();

  add(socket: Socket): void {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const connection: Connection = { agent, active: 0 };
    this.#connections.set(socket, connection);
    socket.on('error', () => {});
    socket.once('close', () => this.#release(socket, connection));
    const watched = new WeakSet<Socket>();
    agent.on('free', (towards: Socket) => {
      if (watched.has(towards)) return;
      watched.add(towards);
      // However it ends: newer versions of Node see a reset where Node 20 sees an end.
      towards.once('close', () => {
        if (connection.active === 0) socket.end();
      });
    });
  }

  /** Begins an exchange; answers with the agent for it. */
  begin(socket: Socket): Agent {
    const connection = this.#connections.get(socket);
    if (connection === undefined) throw new Error('a request without a connection');
    connection.active++;
    return connection.agent;
  }

  end(socket: Socket): void {
    const connection = this.#connections.get(socket);
    if (connection === undefined) return;
    connection.active--;
    if (socket.destroyed) this.#release(socket, connection);
  }

  resetAll(spared: Socket | undefined): void {
    for (const socket of this.#connections.keys()) if (socket !== spared) socket.resetAndDestroy();
  }

  destroyAll(): void {
    for (const [socket, { agent }] of this.#connections) {
      socket.destroy();
      agent.destroy();
    }
  }

  // A server that has all of a request is left to finish it, whether or not the program still waits.
  #release(socket: Socket, connection: Connection): void {
    if (connection.active > 0) return;
    connection.agent.destroy();
    this.#connections.delete(socket);
  }
}
