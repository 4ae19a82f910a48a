// All that talks to a server, loaded in one go once a command is known to need one.
export { connect, openEngine } from '../connect.ts';
export { endpointName, findConnection, knowledgeOf } from '../s3/connect.ts';
