/** Clusters that run on this machine, by the names that their programs give them. */
import type { Call } from '../shell/call.ts';
import { plain } from '../shell/text.ts';

const OWN =
  /^(?:kind-[\w.-]+|k3d-[\w.-]+|minikube|docker-desktop|docker-for-desktop|rancher-desktop|orbstack|colima|microk8s)$/;

/** They say where a cluster is, or take another file of clusters, in which any name may stand. */
const ELSEWHERE = /^(?:KUBECONFIG|HELM_KUBE\w+|KUBERNETES_MASTER)$/;

/** Whether a name is one that such programs give. */
export function isOwnName(name: string): boolean {
  return OWN.test(name);
}

/** Whether a command says itself that it means such a cluster, and none beside it. */
export function isOwnCluster({ args, state }: Call): boolean {
  if ([...state.vars.keys()].some((name) => ELSEWHERE.test(name))) return false;
  const end = args.findIndex(({ text }) => text === '--');
  const texts = (end < 0 ? args : args.slice(0, end)).map(({ text }) => plain(text));
  const named = texts.flatMap((text, index) => {
    const given = /^--(?:kube-)?context(?:=(.*))?$/s.exec(text);
    return given === null ? [] : [given[1] ?? texts[index + 1] ?? ''];
  });
  const others = texts.some((text) =>
    /^--(?:kubeconfig|server|kube-apiserver|cluster)(?:=|$)|^-s/.test(text),
  );
  return named.length > 0 && !others && named.every((name) => isOwnName(name));
}
