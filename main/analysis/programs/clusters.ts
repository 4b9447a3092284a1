/** Clusters that run on this machine, by the names that their programs give them. */

const OWN =
  /^(?:kind-[\w.-]+|k3d-[\w.-]+|minikube|docker-desktop|docker-for-desktop|rancher-desktop|orbstack|colima|microk8s)$/;

/** Whether a command says itself that it means such a cluster, and none beside it. @param texts its arguments */
export function isOwnCluster(texts: readonly string[]): boolean {
  const named = texts.flatMap((text, index) => {
    const given = /^--(?:kube-)?context(?:=(.*))?$/s.exec(text);
    return given === null ? [] : [given[1] ?? texts[index + 1] ?? ''];
  });
  const others = texts.some((text) =>
    /^--(?:kubeconfig|server|kube-apiserver|cluster)(?:=|$)|^-s$/.test(text),
  );
  return named.length > 0 && !others && named.every((name) => OWN.test(name));
}
