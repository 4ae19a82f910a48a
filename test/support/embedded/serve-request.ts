import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Answer, answerEmpty, answerText, sendAnswer } from './answer.ts';
import { authorise, type Credentials } from './authorisation.ts';
import type { Surroundings } from './exchange.ts';
import { parseRequest, type S3Request } from './request.ts';
import { chooseOperation } from './routes.ts';
import { invalidRequest, notImplemented, S3Error } from './s3-error.ts';
import { leaf, xmlError } from './xml.ts';

/** A line of the log. */
export interface LoggedRequest {
  readonly method: string;
  /** Still percent-encoded, as is the query. */
  readonly path: string;
  readonly query: string;
  /** Names in lower case. */
  readonly headerNames: readonly string[];
  /** 0 until the request is answered. */
  readonly status: number;
}

/** Serves one request; never rejects. */
export type Serve = (
  incoming: IncomingMessage,
  response: ServerResponse,
  awaitsContinue: boolean,
) => Promise<void>;

const CLOCK_PATH = '/__embedded/clock';
const CHECKSUM_HEADERS = /^x-amz-(?:checksum-.+|sdk-checksum-algorithm|trailer)$/;

/** Makes the function that takes a request from its first byte to the last one of its answer. */
export function serveRequest(
  surroundings: Surroundings,
  credentials: Credentials,
  log: LoggedRequest[],
): Serve {
  return async (incoming, response, awaitsContinue) => {
    const requestId = randomBytes(8).toString('hex').toUpperCase();
    response.setHeader('date', surroundings.clock.now().toUTCString());
    response.setHeader('server', 'partwise-embedded');
    response.setHeader('x-amz-request-id', requestId);
    // A client that goes away is seen by whoever reads or writes; nobody else needs to know.
    response.on('error', () => {});

    const [path = '', query = ''] = (incoming.url ?? '').split('?', 2);
    const headerNames = Object.keys(incoming.headers);
    const line = { method: incoming.method ?? '', path, query, headerNames, status: 0 };
    const isPrivate = path === CLOCK_PATH;
    if (!isPrivate) log.push(line);

    let isWaiting = awaitsContinue;
    const continueBody = (): void => {
      if (isWaiting) response.writeContinue();
      isWaiting = false;
    };
    let answer: Answer;
    try {
      const request = parseRequest(incoming, continueBody);
      answer = isPrivate
        ? moveClock(surroundings, request)
        : await carryOut(surroundings, credentials, request);
    } catch (error) {
      answer = describeError(error, path, requestId);
    }
    line.status = answer.status;
    // Of a refused body node:http drains what is unread, and closes the connection if 100 Continue was withheld.
    await sendAnswer(response, line.method, answer).catch(() => response.destroy());
  };
}

async function carryOut(
  surroundings: Surroundings,
  credentials: Credentials,
  request: S3Request,
): Promise<Answer> {
  const authorisation = authorise(request, credentials, [new Date(), surroundings.clock.now()]);
  if (surroundings.ways.checksums === 'rejected') rejectChecksums(request);
  if (surroundings.ways.checksums === 'md5-required') requireMd5(request);
  return await chooseOperation(request)({ ...surroundings, request, authorisation });
}

function rejectChecksums(request: S3Request): void {
  const found = [...request.headers.keys()].find((name) => CHECKSUM_HEADERS.test(name));
  if (found !== undefined) throw notImplemented(`the header ${found}`);
}

function requireMd5({ method, headers }: S3Request): void {
  const hasBody = method === 'PUT' && Number(headers.get('content-length')) > 0;
  if (!hasBody || headers.has('content-md5')) return;
  throw invalidRequest(
    'Content-MD5 HTTP header is required for Put Object requests with Object Lock parameters',
  );
}

/** For tests of a server in another process: moves its clock. Unsigned, since the server is on loopback only. */
function moveClock({ clock }: Surroundings, request: S3Request): Answer {
  const seconds = Number(request.query.get('offset') ?? Number.NaN);
  if (request.method !== 'POST' || !Number.isFinite(seconds)) {
    throw new S3Error(400, 'InvalidArgument', `POST ${CLOCK_PATH}?offset=SECONDS`);
  }
  clock.setOffset(seconds * 1000);
  return answerEmpty(200);
}

function describeError(error: unknown, resource: string, requestId: string): Answer {
  const known = error instanceof S3Error ? error : new S3Error(500, 'InternalError', String(error));
  const document = xmlError([
    leaf('Code', known.code),
    leaf('Message', known.message),
    leaf('Resource', resource),
    leaf('RequestId', requestId),
  ]);
  return answerText(known.status, document, known.headers);
}
