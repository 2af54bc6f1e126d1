/* json_scan.cpp: the one C++ file; nothing in it throws. */
#include "base/json_scan.h"

#include <charconv>
#include <cmath>
#include <cstring>
#include <memory>
#include <new>
#include <simdjson.h>

struct ms_scan {
    std::unique_ptr<simdjson::internal::dom_parser_implementation> stage;
};

ms_scan *ms_scan_new(void)
{
    ms_scan *scan = new (std::nothrow) ms_scan;
    if (!scan)
        return nullptr;
    /* The kernel for this processor is chosen at run time, whatever the build was made for. */
    if (simdjson::get_active_implementation()->create_dom_parser_implementation(4096, 1,
                                                                                scan->stage)) {
        delete scan;
        return nullptr;
    }
    return scan;
}

void ms_scan_free(ms_scan *scan)
{
    delete scan;
}

ms_scan_result ms_scan_run(ms_scan *scan, const char *p, size_t size, const uint32_t **marks,
                           size_t *n)
{
    if (size == 0)
        return MS_SCAN_FAULT;
    if (size > simdjson::SIMDJSON_MAXSIZE_BYTES - 64)
        return MS_SCAN_LARGE;
    if (size > scan->stage->capacity()) {
        size_t doubled = scan->stage->capacity() * 2;
        size_t capacity = size > doubled ? size : doubled;
        if (capacity > simdjson::SIMDJSON_MAXSIZE_BYTES - 64)
            capacity = size;
        if (scan->stage->allocate(capacity, 1))
            return MS_SCAN_NOMEM;
    }
    simdjson::error_code error = scan->stage->stage1(reinterpret_cast<const uint8_t *>(p), size,
                                                     simdjson::stage1_mode::regular);
    if (error)
        return error == simdjson::MEMALLOC ? MS_SCAN_NOMEM : MS_SCAN_FAULT;
    *n = scan->stage->n_structural_indexes;
    scan->stage->structural_indexes[*n] = static_cast<uint32_t>(size); /* it keeps room for it */
    *marks = scan->stage->structural_indexes.get();
    return MS_SCAN_OK;
}

size_t ms_double_text(double d, char out[MS_DOUBLE_TEXT])
{
    if (!std::isfinite(d)) {
        std::memcpy(out, "null", 4); /* JSON has no word for it */
        return 4;
    }
    return static_cast<size_t>(std::to_chars(out, out + MS_DOUBLE_TEXT, d).ptr - out);
}

/* Whether a number that is out of a double's range is too large rather than too small: the
 * exponent that 0.ddd would have. */
static bool is_huge(const char *p, const char *end)
{
    const char *e = p;
    while (e < end && *e != 'e' && *e != 'E')
        e++;
    long exponent = 0;
    if (e < end) {
        const char *digits = e + 1 + (e[1] == '+');
        if (std::from_chars(digits, end, exponent).ec != std::errc())
            return *digits != '-'; /* beyond a long: the sign decides */
    }
    long magnitude = 0;
    bool point = false, nonzero = false;
    for (; p < e; p++) {
        if (*p == '.')
            point = true;
        else if (*p != '-' && (nonzero = nonzero || *p != '0', nonzero) && !point)
            magnitude++;
        else if (*p == '0' && point && !nonzero)
            magnitude--;
    }
    return nonzero && (exponent > 0 ? magnitude > -exponent : magnitude + exponent > 0);
}

bool ms_double_parse(const char *p, size_t n, double *out)
{
    auto [end, ec] = std::from_chars(p, p + n, *out);
    if (ec == std::errc::result_out_of_range) {
        if (is_huge(p, p + n))
            return false;
        *out = *p == '-' ? -0.0 : 0.0;
        return true;
    }
    return ec == std::errc() && end == p + n && std::isfinite(*out);
}
