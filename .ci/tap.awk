# Reads busted's TAP of one spec file; prints one line for it, every failure in full, reasons of
# what was skipped, and appends "passed failed skipped" to the file `totals`.
# `status` of busted comes as the last line "exit N".
/^ok [0-9]+ - # SKIP/ { skipped++; sub(/^ok [0-9]+ - # SKIP */, ""); sub(/^[^ ]*busted:[0-9]+: /, ""); notes = notes "        skipped: " $0 "\n"; next }
/^ok / { passed++; next }
/^not ok / { failed++; quiet = 0; notes = notes "        " $0 "\n"; next }
/^# / { if (failed) notes = notes "        " $0 "\n"; next }
/^1\.\.[0-9]+$/ { plan = 1; next }
/^exit [0-9]+$/ { code = $2; next }
/^## / { print "      " substr($0, 4); fflush(); next } # a figure that a spec wants seen
{ other = other "        " $0 "\n" }
END {
    if (!failed && (code != 0 || !plan)) { failed = 1; notes = notes "        exit code " code "\n" }
    printf "  %s  %-34s %4d passed%s%s  %ss\n", failed ? "FAIL" : "ok  ", name, passed, \
        failed ? ", " failed " failed" : "", skipped ? ", " skipped " skipped" : "", secs()
    printf "%s", notes
    if (failed) printf "%s", other
    print passed + 0, failed + 0, skipped + 0 >> totals
}
function secs(    line, now) {
    "date +%s" | getline now
    return now - started
}
