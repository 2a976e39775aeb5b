-- One item by its key, any of 100,000.
require "common"

function init()
   prepare(20000, function()
      return wrk.format("GET", "/items/" .. math.random(100000))
   end)
end
