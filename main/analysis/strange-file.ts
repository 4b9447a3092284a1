/** Files that are run and of which nobody knows where they are from. */
import { HOLE } from './shell/text.ts';

/** A program outside the project, of the kind that was put there by somebody. */
export function isStrange(path: string, workspace: string, home: string): boolean {
  if (path.startsWith(`${workspace}/`) || path.includes(HOLE)) return false;
  if (
    /^\/(?:usr|bin|sbin|lib|opt|Applications|System|nix|snap|run\/current-system|etc\/init\.d)\//.test(path)
  )
    return false;
  const inHome = path.startsWith(`${home}/`) ? path.slice(home.length + 1) : null;
  return (
    inHome === null ||
    // An environment of Python's, which is only stepped into.
    (!/\/(?:\.?venv|\.?env|virtualenvs\/[^/]+|envs\/[^/]+)\/bin\/activate(?:\.fish)?$/.test(inHome) &&
      // The person's own start files, which every shell of theirs runs.
      !/^\.(?:bashrc|bash_profile|bash_login|profile|zshrc|zprofile|zshenv|bash_aliases)$/.test(inHome) &&
      !/^(?:\.cargo|\.local|\.nvm|\.npm|\.pyenv|\.rbenv|\.asdf|\.volta|\.bun|\.deno|go|bin|miniconda3|anaconda3|\.poetry|\.rustup|\.sdkman|\.dotnet|\.yarn|n|\.pixi|\.rye|\.uv)\//.test(
        inHome,
      ))
  );
}
