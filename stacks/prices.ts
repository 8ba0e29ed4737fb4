/**
 * AWS's list prices on demand in us-east-1 (N. Virginia), Linux, US dollars, without tax, free tier and discounts,
 * as AWS's public price pages have them: https://aws.amazon.com/ec2/pricing/on-demand/, /ebs/pricing/, /vpc/pricing/,
 * /elasticloadbalancing/pricing/, /cloudwatch/pricing/, /s3/pricing/, /secrets-manager/pricing/.
 */
export const priceDate = "January 2026";
export const priceRegion = "us-east-1";

const hoursInMonth = 730;

/** An hour of one instance. */
export const instanceHour: Readonly<Record<string, number>> = {
  "t2.nano": 0.0058,
  "t2.micro": 0.0116,
  "t2.small": 0.023,
  "t2.medium": 0.0464,
  "t2.large": 0.0928,
  "t2.xlarge": 0.1856,
  "t2.2xlarge": 0.3712,
  "t3.nano": 0.0052,
  "t3.micro": 0.0104,
  "t3.small": 0.0208,
  "t3.medium": 0.0416,
  "t3.large": 0.0832,
  "t3.xlarge": 0.1664,
  "t3.2xlarge": 0.3328,
  "t3a.nano": 0.0047,
  "t3a.micro": 0.0094,
  "t3a.small": 0.0188,
  "t3a.medium": 0.0376,
  "t3a.large": 0.0752,
  "c5.large": 0.085,
  "c5.xlarge": 0.17,
  "c6i.large": 0.085,
  "c6i.xlarge": 0.17,
  "c6i.2xlarge": 0.34,
  "c7i.large": 0.08925,
  "c7i.xlarge": 0.1785,
  "m5.large": 0.096,
  "m6i.large": 0.096,
  "m7i.large": 0.1008,
};

/** An hour of one, whatever it is used for. */
export const hourOf = {
  applicationLoadBalancer: 0.0225,
  networkLoadBalancer: 0.0225,
  publicAddress: 0.005,
  /** In one zone. */
  interfaceEndpoint: 0.01,
  /** gp3, with the speed that costs nothing more. */
  volumeGigabyte: 0.08 / hoursInMonth,
  metric: 0.3 / hoursInMonth,
  alarmMetric: 0.1 / hoursInMonth,
} as const;

/** Metrics that detailed monitoring of an instance is billed as. */
export const detailedMetrics = 7;
