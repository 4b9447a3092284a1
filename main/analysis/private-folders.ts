/** Folders of which the names alone say what the person keeps: whoever has the names can ask for each. */
const PRIVATE =
  /\/(?:\.(?:ssh|aws|gnupg|password-store|kube|azure|mozilla|thunderbird|electrum|bitcoin)|\.config\/(?:gcloud|op|sops|google-chrome|chromium|BraveSoftware)|\.local\/share\/keyrings|Library\/(?:Keychains|Application Support\/(?:Google\/Chrome|Firefox)))(?:\/|$)/;

/** Whether an absolute path is one of those, or lies below one. */
export function isPrivateFolder(path: string): boolean {
  return PRIVATE.test(path);
}
