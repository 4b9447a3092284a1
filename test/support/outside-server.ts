/** A server in a process of its own: what the supervisor's own process listens on is no place outside. */
import { type ChildProcess, spawn } from 'node:child_process';

export interface OutsideServer {
  readonly port: number;
  /** All lines that it printed after the first. */
  readonly lines: readonly string[];
  close(): void;
}

/** Starts a module whose first line of output is its port on 127.0.0.1. */
export async function outsideServer(source: string): Promise<OutsideServer> {
  const child: ChildProcess = spawn(process.execPath, ['--input-type=module', '-'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  child.stdin?.end(source);
  const lines: string[] = [];
  const { promise: port, resolve, reject } = Promise.withResolvers<number>();
  let text = '';
  child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n')) {
      lines.push(text.slice(0, end));
      text = text.slice(end + 1);
      if (lines.length === 1) resolve(Number(lines[0]));
    }
  });
  child.once('exit', () => reject(new Error('the server outside ended')));
  return {
    port: await port,
    get lines() {
      return lines.slice(1);
    },
    close: () => void child.kill('SIGKILL'),
  };
}

/** Answers every request with its method and host. */
export const ECHO_HOST = `
import { createServer } from 'node:http';
const server = createServer((request, response) => response.end(request.method + ' ' + request.headers.host + '\\n'));
server.listen(0, '127.0.0.1', () => process.stdout.write(server.address().port + '\\n'));
`;
