/** An answer S3 gives in place of success: an HTTP status and a machine-readable code. */
export class S3Error extends Error {
  override readonly name = 'S3Error';
  readonly status: number;
  readonly code: string;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, code: string, message = code, headers: Readonly<Record<string, string>> = {}) {
    super(message);
    this.status = status;
    this.code = code;
    this.headers = headers;
  }
}

/** Says that this server does not offer what was asked. */
export function notImplemented(what: string): S3Error {
  return new S3Error(501, 'NotImplemented', `This server does not implement ${what}.`);
}

/** Says that a header or a query parameter has a value S3 does not take. */
export function invalidArgument(message: string): S3Error {
  return new S3Error(400, 'InvalidArgument', message);
}

/** Says that the request contradicts itself or what went before it. */
export function invalidRequest(message: string): S3Error {
  return new S3Error(400, 'InvalidRequest', message);
}
