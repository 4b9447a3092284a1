/** Clusters. See `service-row.ts`. */
import { CLOUD, type ServiceRow } from './service-row.ts';

export const CLUSTER_SERVICES: Readonly<Record<string, ServiceRow>> = {
  helm: CLOUD(2, {
    loses: ['uninstall', 'delete', 'del', 'un', 'rollback'],
    keeps: ['repo remove', 'repo rm', 'template', 'lint', 'plugin uninstall', 'dependency'],
    dry: /^--dry-run/,
  }),
  helmfile: CLOUD(1, { loses: ['destroy', 'delete'] }),
  kustomize: CLOUD(1, { local: true }),
  argocd: CLOUD(2, { losingOptions: /^--prune$/ }),
  flux: CLOUD(2, { loses: ['uninstall', 'suspend'] }),
  istioctl: CLOUD(2),
  linkerd: CLOUD(2),
  velero: CLOUD(2),
  eksctl: CLOUD(2),
  kops: CLOUD(2, { real: /^(?:--yes(?:=(?:true|t|1))?|-y)$/i }),
  kubeadm: CLOUD(2, { loses: ['reset'] }),
  k3d: CLOUD(2, { local: true }),
  kind: CLOUD(2, { local: true }),
  minikube: CLOUD(2, { local: true }),
  k9s: CLOUD(1),
  skaffold: CLOUD(1),
  tilt: CLOUD(1),
  rancher: CLOUD(2),
  crictl: CLOUD(1, { loses: ['rm', 'rmi', 'rmp', 'stop'] }),
  ctr: CLOUD(2),
  etcdctl: CLOUD(2),
  talosctl: CLOUD(2, { loses: ['reset', 'reboot', 'shutdown', 'wipe'] }),
};
