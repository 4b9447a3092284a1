/** Clouds. See `service-row.ts`. */
import { CLOUD, type ServiceRow } from './service-row.ts';

export const CLOUD_SERVICES: Readonly<Record<string, ServiceRow>> = {
  aws: CLOUD(2, {
    losingOptions: /^--delete$|^--force-delete|^--skip-final-snapshot|^--force-destroy/,
    keeps: ['s3 cp', 'sts'],
    loses: [
      's3 rb',
      's3 rm',
      's3 mv',
      'ec2 stop-instances',
      'ec2 release-address',
      'rds stop',
      'kms schedule-key-deletion',
      'dynamodb batch-write-item',
      's3api put-bucket-lifecycle',
      'route53 change-resource-record-sets',
      'cloudformation cancel',
    ],
  }),
  gcloud: CLOUD(4),
  gsutil: CLOUD(1, { losingOptions: /^-d$/, loses: ['rm', 'rb', 'mv'] }),
  az: CLOUD(4),
  azcopy: CLOUD(1, { losingOptions: /^--delete-destination(?!=false)/ }),
  oci: CLOUD(4),
  ibmcloud: CLOUD(3),
  aliyun: CLOUD(2),
  tccli: CLOUD(2),
  doctl: CLOUD(4),
  'linode-cli': CLOUD(2),
  hcloud: CLOUD(2),
  vultr: CLOUD(3),
  scw: CLOUD(3),
  exo: CLOUD(3),
  openstack: CLOUD(3),
  civo: CLOUD(2),
  ovhcloud: CLOUD(3),
};
