# Runs nginx as a daemon, and stays until it is told to end, or nginx has ended. In the foreground nginx takes no upgrade of its program.
# $1: the executable, $2: the directory of its nginx.conf.
"$1" -p "$2" -c "$2/nginx.conf" -e "$2/error.log" || exit 1
trap 'kill "$(cat "$2/nginx.pid")"' TERM
until [ -e "$2/nginx.pid" ]; do sleep 0.02; done
while [ -e "$2/nginx.pid" ] || [ -e "$2/nginx.pid.oldbin" ]; do sleep 0.05; done
