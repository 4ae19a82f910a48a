import { S3Error } from './s3-error.ts';

const LONGEST_LINE_BYTES = 16 * 1024;
const CRLF = '\r\n';

/** Reads lines and runs of bytes, in turns, from a stream of buffers. */
export class ByteReader {
  readonly #source: AsyncIterator<Buffer>;
  #pending: Buffer = Buffer.alloc(0);

  constructor(source: AsyncIterable<Buffer>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  /** The next line without its end; undefined when the stream is over. */
  async readLine(): Promise<string | undefined> {
    for (;;) {
      const end = this.#pending.indexOf(CRLF);
      if (end >= 0) {
        const line = this.#pending.toString('latin1', 0, end);
        this.#pending = this.#pending.subarray(end + CRLF.length);
        return line;
      }
      if (this.#pending.length > LONGEST_LINE_BYTES) throw incomplete();
      if (!(await this.#fill())) return undefined;
    }
  }

  /** Between one and `limit` bytes, whatever is at hand. */
  async readBytes(limit: number): Promise<Buffer> {
    if (this.#pending.length === 0 && !(await this.#fill())) throw incomplete();
    const bytes = this.#pending.subarray(0, limit);
    this.#pending = this.#pending.subarray(bytes.length);
    return bytes;
  }

  async #fill(): Promise<boolean> {
    for (;;) {
      const { done, value } = await this.#source.next();
      if (done === true) return false;
      if (value.length === 0) continue;
      this.#pending = this.#pending.length === 0 ? value : Buffer.concat([this.#pending, value]);
      return true;
    }
  }
}

function incomplete(): S3Error {
  return new S3Error(400, 'IncompleteBody', 'The request body terminated unexpectedly');
}
