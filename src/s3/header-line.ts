import { TransferError } from '../transfer/errors.ts';

/**
 * Refuses a header that would end its line, or that HTTP cannot carry (RFC 9110, section 5.5), before it is sent.
 * @throws TransferError `usage`
 */
export function checkHeader(name: string, value: string): void {
  if (!/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(name))
    throw new TransferError(
      'usage',
      `${JSON.stringify(name)} has a character that no name of a header can have`,
    );
  if (!/^[\t\x20-\x7e\x80-\xff]*$/.test(value))
    throw new TransferError('usage', `the value of ${name} has a character that no header can carry`);
}
