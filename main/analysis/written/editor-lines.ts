/** Lines by which a text has the editor that opens it do something: of vim and of Emacs. */

/** Vim looks at the first and the last lines of a file: an edit may be either. */
const VIM = /(?:^|[ \t])(?:vi|vim(?:[<=>]?\d+)?|ex):[^\n]*$/gim;
/** Options whose value is an expression. */
const EXPRESSIONS =
  /\b(?:fde|foldexpr|foldtext|fdt|inde|indentexpr|fex|formatexpr|inex|includeexpr|statusline|stl|tabline|tal|rulerformat|ruf|titlestring|iconstring|diffexpr|dex|patchexpr|pex|charconvert|ccv|balloonexpr|bexpr|printexpr|pexpr|winbar|statuscolumn)\s*=\s*([^\n]*)/i;
const RUNS =
  /\b(?:system|systemlist|execute|exe|source|so|job_start|jobstart|term_start|termopen|writefile|delete|libcall(?:nr)?|luaeval|py3?eval|pyxeval|rubyeval|perleval|mzeval|feedkeys|assert_fails|nvim_\w+|eval|call|expand|readfile|v:lua|timer_start)\b|:!|\bvim\.(?:fn|cmd|api)\b/i;
const SWITCHES =
  /\bmodelineexpr\b|\bmle\b|\bexrc\b|\bnosecure\b|\b(?:makeprg|mp|grepprg|gp|keywordprg|kp|equalprg|ep|formatprg|fp|shell|sh|printdevice|runtimepath|rtp)\s*=\s*\S/i;
/** Emacs evaluates these, asked or not. */
const EMACS =
  /-\*-[^\n]{0,200}\beval:\s{0,8}\([^\n]{0,600}-\*-|^[^\n]{0,40}\beval:\s{0,8}\([^\n]{0,1000}?(?:shell-command|call-process|start-process|make-process|load-file|url-retrieve|async-shell|delete-file|write-region|eval-)/im;

/** Whether a text holds a line that has an editor run a program or load code. */
export function steersEditor(text: string): boolean {
  if (EMACS.test(text)) return true;
  for (const [line] of text.matchAll(VIM)) {
    if (!/:\s*(?:set?\s|\w+[=:\s])/.test(line)) continue;
    const given = EXPRESSIONS.exec(line)?.[1];
    if ((given !== undefined && RUNS.test(given)) || SWITCHES.test(line)) return true;
  }
  return false;
}
