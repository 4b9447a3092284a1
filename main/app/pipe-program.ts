/** The program that a client's entry for an MCP server names: the hook program at its stable place, as a pipe. */
import type { AgentContext } from '../points/agents/agent-context.ts';
import { installProgram, programBytes, programPath } from '../points/agents/installed-program.ts';

export class PipeProgram {
  readonly #context: AgentContext;

  constructor(context: AgentContext) {
    this.#context = context;
  }

  /** Puts the program at its place. @throws GatehouseError `no_program` */
  async install(): Promise<void> {
    const { paths, platform, source } = this.#context;
    await installProgram(programPath(paths, platform), await programBytes(source));
  }

  /** The entry for the governed tools. */
  toolsEntry(): { readonly command: string; readonly args: string[] } {
    const { paths, platform } = this.#context;
    return { command: programPath(paths, platform), args: ['mcp', '--tools', '--door', paths.agentDoor] };
  }

  /** The words of an entry: absolute paths only, no variable is trusted. */
  entry(server: string): { readonly command: string; readonly args: string[] } {
    const { paths, platform } = this.#context;
    return { command: programPath(paths, platform), args: ['mcp', server, '--door', paths.agentDoor] };
  }
}
