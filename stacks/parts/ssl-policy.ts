/** What AWS's load balancers accept of TLS: 1.2 and 1.3. */
export const sslPolicy = "ELBSecurityPolicy-TLS13-1-2-2021-06";
