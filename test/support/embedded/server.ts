import { mkdir } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { BlobStore } from './blobs.ts';
import { createBucket } from './buckets.ts';
import { createClock } from './clock.ts';
import type { Surroundings } from './exchange.ts';
import { type LoggedRequest, serveRequest } from './serve-request.ts';
import { plainWays, type Ways } from './ways.ts';
import { listen } from '../listen.ts';

export type { LoggedRequest } from './serve-request.ts';
export type { Ways } from './ways.ts';

/** How to start the embedded server. */
export interface ServerOptions {
  /** The folder for bodies; made if missing. The server uses a folder of its own inside and removes it at the end. */
  readonly dir: string;
  /** @default 0, any free port */
  readonly port?: number;
  /** @default 'embedded-access-key' */
  readonly accessKeyId?: string;
  /** @default 'embedded-secret-key' */
  readonly secretAccessKey?: string;
  /** Buckets to begin with. @default [] */
  readonly buckets?: readonly string[];
  /** Where the dates in answers come from. @default the real clock */
  readonly clock?: () => Date;
  /** Habits of real servers to imitate. @default {} (AWS's own) */
  readonly ways?: Partial<Ways>;
  /** The smallest part that may be followed by another. @default 5 MiB */
  readonly smallestPartBytes?: number;
}

/** A server that is running. */
export interface EmbeddedServer {
  /** `http://127.0.0.1:PORT` */
  readonly endpoint: string;
  readonly port: number;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Every request so far, oldest first; `status` is 0 until it is answered. */
  readonly requests: readonly LoggedRequest[];
  /** Moves the server's clock; signatures may go by it or by the real one. */
  advance(ms: number): void;
  /** Replaces the server's clock. */
  setClock(clock: () => Date): void;
  /** Ends all connections, waits for what is under way, and removes the bodies. */
  close(): Promise<void>;
}

/** Starts an S3 server on the loopback interface. Objects are forgotten when it closes. */
export async function startServer(options: ServerOptions): Promise<EmbeddedServer> {
  const { accessKeyId = 'embedded-access-key', secretAccessKey = 'embedded-secret-key' } = options;
  const clock = createClock(options.clock);
  await mkdir(options.dir, { recursive: true });
  const surroundings: Surroundings = {
    buckets: new Map((options.buckets ?? []).map((name) => [name, createBucket(name, clock.now())])),
    blobs: await BlobStore.create(options.dir),
    clock,
    ways: { ...plainWays, ...options.ways },
    smallestPartBytes: options.smallestPartBytes ?? 5 * 1024 * 1024,
  };
  const requests: LoggedRequest[] = [];
  const underWay = new Set<Promise<void>>();
  const serve = serveRequest(surroundings, { accessKeyId, secretAccessKey }, requests);

  // A slow client is not this server's business: timeouts belong to whoever tests them.
  const server = createServer({ requestTimeout: 0, keepAliveTimeout: 60_000, maxHeaderSize: 64 * 1024 });
  const track = (served: Promise<void>): void => {
    underWay.add(served);
    // serve() never rejects.
    void served.finally(() => underWay.delete(served));
  };
  server.on('request', (incoming, response) => track(serve(incoming, response, false)));
  server.on('checkContinue', (incoming, response) => track(serve(incoming, response, true)));
  const port = await listen(server, options.port ?? 0);

  return {
    endpoint: `http://127.0.0.1:${port}`,
    port,
    accessKeyId,
    secretAccessKey,
    requests,
    advance: (ms) => clock.advance(ms),
    setClock: (source) => clock.setClock(source),
    close: async () => {
      await shut(server);
      await Promise.all(underWay);
      await surroundings.blobs.close();
    },
  };
}

async function shut(server: Server): Promise<void> {
  await new Promise<void>((resolve) => {
    // The only error there is says that it was shut before.
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
