-- A new row.
require "common"

function init()
   prepare(1000, function(i)
      return wrk.format("POST", "/entries", {["Content-Type"] = "application/json"},
                        '{"name": "entry ' .. i .. '"}')
   end)
end
