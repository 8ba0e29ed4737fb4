/** What an instance runs once, when it starts for the first time: it installs one program as a service. */

/** Values that Terraform knows only later may stand in any text, as references. */
export interface Service {
  /** Names the executable, the unit `ballast-<name>` and what is logged. */
  readonly name: "balancer" | "backend" | "frontend";
  readonly region: string;
  readonly bucket: string;
  /** Of the executable in that bucket. */
  readonly key: string;
  /** That the executable must have, in hexadecimal. */
  readonly sha256: string;
  /** What stands behind the executable on its command line. */
  readonly options: readonly string[];
  /** The service answers GET of this URL with 2xx when it works. */
  readonly ready: string;
  /** For the balancer: its config, as JSON without blanks at the ends. */
  readonly config?: string;
  /** Secrets Manager's name of a PEM text that becomes {@link certificateFile}. */
  readonly certificateSecret?: string | undefined;
}

export const configFile = "/etc/ballast/lb.json";
export const certificateFile = "/etc/ballast/tls.pem";

/** Begins the line that says why an instance is none; on its console, and in the journal. */
export const failureMark = "ballast: FAILED:";

/**
 * The script. It holds no braces behind a dollar or a percent sign but references: Terraform would take them for its own.
 * Whatever fails ends it with one line and the machine stopped, so that nothing takes it for one that works.
 */
export function userData(service: Service): string {
  const { name, region, bucket, key, sha256, ready, config, certificateSecret } = service;
  const unit = `ballast-${name}`;
  const program = `/opt/ballast/${name}`;
  const steps = [
    `#!/bin/bash
set -euo pipefail
export AWS_DEFAULT_REGION=${quote(region)}

say() { echo "$1" | tee /dev/console || true; }
fail() { why=$1; exit 1; }
trap 'why="line $LINENO: $BASH_COMMAND"' ERR
trap '[ $? = 0 ] || { say "${failureMark} $why"; systemctl poweroff; }' EXIT

# Permissions of a new role take some seconds to be known everywhere.
fetch() {
  for _ in 1 2 3 4; do
    if said=$("$@" 2>&1); then return 0; fi
    sleep 10
  done
  fail "$*: $(echo "$said" | tr '\\n' ' ')"
}

id ballast >/dev/null 2>&1 || useradd --system --no-create-home --shell /usr/sbin/nologin ballast
install -d -m 0755 /opt/ballast /etc/ballast`,

    `url=${quote(`s3://${bucket}/${key}`)}
fetch aws s3 cp --only-show-errors "$url" ${program}.new
found=$(sha256sum ${program}.new | cut -d ' ' -f 1)
expected=${quote(sha256)}
[ "$found" = "$expected" ] || fail "$url: found SHA-256 $found, expected $expected"
chmod 0755 ${program}.new
mv ${program}.new ${program}`,

    certificateSecret === undefined
      ? ""
      : `secret=$(mktemp)
read_secret() { aws secretsmanager get-secret-value --secret-id "$1" --query SecretString --output text > "$secret"; }
fetch read_secret ${quote(certificateSecret)}
install -m 0440 -g ballast "$secret" ${certificateFile}
rm "$secret"`,

    config === undefined
      ? ""
      : `cat > ${configFile} <<'EOF'
${config}
EOF
check=$(${program} --config ${configFile} --check 2>&1) || fail "$check"`,

    `cat > /etc/systemd/system/${unit}.service <<'EOF'
${serviceUnit(service, program)}
EOF
systemctl daemon-reload
systemctl enable --now ${unit}
curl --silent --fail --output /dev/null --retry 30 --retry-delay 1 --retry-all-errors ${quote(ready)} ||
  fail "${unit} does not answer: $(journalctl --unit ${unit} --lines 5 --output cat | tr '\\n' ' ')"
say "ballast: ${name} answers"`,
  ];
  return `${steps.filter((step) => step !== "").join("\n\n")}\n`;
}

/** The systemd unit: its own user, nothing writable, no rights but to ports below 1024. */
export function serviceUnit({ name, region, options }: Service, program: string): string {
  return `[Unit]
Description=Ballast ${name}
Wants=network-online.target
After=network-online.target
StartLimitIntervalSec=0

[Service]
User=ballast
Group=ballast
ExecStart=${[program, ...options].join(" ")}
ExecReload=/bin/kill -HUP $MAINPID
Environment=AWS_REGION=${region}
Restart=always
RestartSec=1
TimeoutStopSec=40
LimitNOFILE=1048576
TasksMax=1024
MemoryMax=80%
OOMScoreAdjust=-500
AmbientCapabilities=CAP_NET_BIND_SERVICE
CapabilityBoundingSet=CAP_NET_BIND_SERVICE
NoNewPrivileges=yes
ProtectSystem=strict
ProtectHome=yes
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
PrivateDevices=yes
PrivateTmp=yes
LockPersonality=yes
RestrictAddressFamilies=AF_INET AF_INET6 AF_NETLINK AF_UNIX
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallErrorNumber=EPERM
UMask=0077

[Install]
WantedBy=multi-user.target`;
}

/** For the shell; what comes in are ARNs, names of buckets and the like, and references to them. */
const quote = (text: string) => `'${text}'`;
