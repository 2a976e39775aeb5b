-- The 20 items of one of 5,000 categories.
require "common"

function init()
   prepare(5000, function()
      return wrk.format("GET", "/categories/" .. math.random(5000) .. "/items")
   end)
end
