#!/usr/bin/env bash
# Runs the program behind nginx, on a free port, until one of them or this ends.
# The folder is for their files; REDIS_URL says where the sessions are.
#
#   serve.sh PROGRAM NGINX FOLDER
set -euo pipefail
program=$(realpath "$1")
nginx=$(realpath "$2")
configuration=$(dirname "$(realpath "$0")")/nginx.conf
cd "$3"

clean_up() {
    mapfile -t running < <(jobs -p)
    ((${#running[@]})) || return 0
    kill "${running[@]}" 2>/dev/null || true
    wait "${running[@]}" 2>/dev/null || true
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' HUP TERM

port=$(python3 -c 'import socket; print(socket.create_server(("127.0.0.1", 0)).getsockname()[1])')
sed "s/PORT/$port/" "$configuration" >nginx.conf

# Without HTTPS a browser would not send the default cookie.
COOKIE="name=session&secure=off" "$program" fastcgi.sock &
"$nginx" -p "$PWD/" -c nginx.conf -e stderr &
until [[ -S fastcgi.sock ]] && curl -s -o /dev/null "http://127.0.0.1:$port"; do
    kill -0 %1
    kill -0 %2
    sleep 0.05
done
cat <<EOF
http://127.0.0.1:$port/whoami

It shows who you are, and the token that a login and a logout take:
    curl -b jar -c jar http://127.0.0.1:$port/whoami
    curl -b jar -c jar -H "X-CSRF-Token: ..." -d "user=ada&password=demo" http://127.0.0.1:$port/login
    curl -b jar -c jar -H "X-CSRF-Token: ..." -d "" http://127.0.0.1:$port/logout
EOF
wait -n
