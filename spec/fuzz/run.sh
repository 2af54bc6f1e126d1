#!/bin/sh
# usage: spec/fuzz/run.sh [SECONDS]   builds the JSON fuzzer with clang and runs it (60 s)
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
out=$root/build/fuzz
flags="-g -O1 -D_GNU_SOURCE -I$root/core -I$root/core/include -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=undefined"
mkdir -p "$out/corpus"
for source in "$root"/core/base/arena*.c "$root"/core/base/buf.c "$root"/core/base/json*.c \
              "$root"/core/base/text.c "$root"/spec/fuzz/json_fuzz.c; do
  clang -std=gnu11 $flags -c "$source" -o "$out/$(basename "$source").o"
done
clang++ -std=c++17 $flags -c "$root/core/base/json_scan.cpp" -o "$out/json_scan.cpp.o"
clang++ -fsanitize=fuzzer,address,undefined "$out"/*.o -lsimdjson -o "$out/json_fuzz"
cat > "$out/json.dict" <<'DICT'
"\\u0041"
"\\ud83d\\ude00"
"\\\""
"{\"a\":"
"[[[["
"]]]]"
"1e308"
"9223372036854775808"
"true"
"null"
"\xf0\x9f\x98\x80"
DICT
cd "$out" && exec ./json_fuzz -max_total_time="${1:-60}" -max_len=4096 -dict=json.dict \
  -print_final_stats=1 -verbosity=0 corpus
