-- For wrk -t1. Sends the bodies of $REQUESTS: request I takes line I % lines and a contact that
-- follows from I alone (check.js works it out the same way), and is signed when it is sent, as
-- Chatwoot signs: no two requests are alike, no timestamp is old. The delivery id holds the time of
-- sending in its first 48 bits (units of 10 us) and I in its last ones.
-- Environment: REQUESTS, CONTACTS (how many), SECRET, HOOK (path), FROM (the last number used).
-- luacheck: globals wrk setup init request done sent from_us
local ffi = require "ffi"
ffi.cdef [[
const void *EVP_sha256(void);
unsigned char *HMAC(const void *md, const void *key, int key_len, const char *d, size_t n,
                    unsigned char *out, unsigned int *out_len);
struct timeval { long sec, usec; };
int gettimeofday(struct timeval *tv, void *tz);
]]
local crypto = ffi.load "libcrypto.so.3"
local mac, mac_len = ffi.new "unsigned char[32]", ffi.new "unsigned int[1]"
local now = ffi.new "struct timeval"
local sha256, secret = crypto.EVP_sha256(), os.getenv "SECRET"
local path, from = os.getenv "HOOK", tonumber(os.getenv "FROM")
local contacts = tonumber(os.getenv "CONTACTS")
local bodies, threads, hex, signature = {}, {}, {}, { "sha256=" }
sent, from_us = 0, 0
for i = 0, 255 do hex[i] = ("%02x"):format(i) end

local function clock_us()
  ffi.C.gettimeofday(now, nil)
  return tonumber(now.sec) * 1e6 + tonumber(now.usec)
end

-- Spread like random numbers, exact in doubles.
local function contact_of(i)
  local h = i * 1103515 % 2147483647
  return 1 + h * (h % 65536 + 1) % 2147483647 % contacts
end

-- A body as a list of pieces, every second one the name of what belongs there.
local function pieces(line)
  local list, at = {}, 1
  local body = line:match "\t(.*)$"
  for before, name, after in body:gmatch "()@(%u+)@()" do
    list[#list + 1] = body:sub(at, before - 1)
    list[#list + 1] = name
    at = after
  end
  list[#list + 1] = body:sub(at)
  return list
end

local function fill(list, values)
  local text = {}
  for i = 1, #list do text[i] = i % 2 == 1 and list[i] or values[list[i]] end
  return table.concat(text)
end

local function sign(timestamp, body)
  local text = timestamp .. "." .. body
  crypto.HMAC(sha256, secret, #secret, text, #text, mac, mac_len)
  for i = 0, 31 do signature[i + 2] = hex[mac[i]] end
  return table.concat(signature)
end

function setup(thread) threads[#threads + 1] = thread end

function init()
  for line in io.lines(os.getenv "REQUESTS") do bodies[#bodies + 1] = pieces(line) end
end

function request()
  sent = sent + 1
  if sent == 2 then from_us = clock_us() end -- wrk asks for the first one only to look at it
  local i, us = from + sent, clock_us()
  local stamp, contact = math.floor(us / 10), contact_of(from + sent)
  local body = fill(bodies[i % #bodies + 1],
    { ID = 100000000 + i, CID = contact, PHONE = 10000000 + contact })
  local timestamp = ("%d"):format(us / 1e6)
  return wrk.format("POST", path, {
    ["Content-Type"] = "application/json",
    ["X-Chatwoot-Timestamp"] = timestamp,
    ["X-Chatwoot-Signature"] = sign(timestamp, body),
    ["X-Chatwoot-Delivery"] = ("%08x-%04x-4000-8000-%012x"):format(
      math.floor(stamp / 65536), stamp % 65536, i),
  }, body)
end

-- RESULT answers/s, p50 ms, p99 ms, errors, answered with 2xx or 3xx, last number, and the seconds
-- since 1970 of the first request and the end.
function done(summary, latency)
  local e, thread, to = summary.errors, threads[1], clock_us() / 1e6
  local from_s, answered = thread:get "from_us" / 1e6, summary.requests - e.status
  local errors = e.status + e.connect + e.read + e.write + e.timeout
  io.write(("RESULT %.0f %.2f %.2f %d %d %d %.6f %.6f\n"):format(
    answered / (to - from_s), latency:percentile(50) / 1000, latency:percentile(99) / 1000,
    errors, answered, from + thread:get "sent", from_s, to))
end
