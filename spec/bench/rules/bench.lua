-- usage: lua5.4 bench.lua FILE check|eval|json flat|table
local file, mode, style = arg[1], arg[2], arg[3] or 'flat'
local cjson = require 'cjson'
JSON_NULL = cjson.null
package.path = (arg[0]:match('^(.*/)') or './') .. '?.lua;' .. package.path
local M = require 'recruit'
local ev = M[style]
local lines = {}
for l in io.lines(file) do lines[#lines + 1] = l end
if mode == 'check' then
  local out = {}
  for i = 1, #lines do local c = cjson.decode(lines[i]); out[i] = M.line(c.id, ev(c.custom_attributes)) end
  io.write(table.concat(out, '\n')) return
end
local clock, best = os.clock, {}
if mode == 'coerce' then ev, mode = M.coerce, 'eval' end
if mode == 'eval' then
  local cs = {}
  for i = 1, #lines do cs[i] = cjson.decode(lines[i]).custom_attributes end
  lines = nil; collectgarbage()
  for rep = 1, 4 do local t = clock(); for i = 1, #cs do ev(cs[i]) end; best[rep] = #cs / (clock() - t) end
else
  for rep = 1, 4 do local t = clock()
    for i = 1, #lines do local c = cjson.decode(lines[i]); local o = ev(c.custom_attributes)
      local s = cjson.encode({id = c.id, attributes = o.attributes, labels = o.labels, fired = o.fired}) end
    best[rep] = #lines / (clock() - t) end
end
table.remove(best, 1); table.sort(best)
print(string.format('%.0f', best[2]))
