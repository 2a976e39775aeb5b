-- What the scripts for wrk share: random numbers of each thread, and the sums as a line of JSON.

local threads = 0

function setup(thread)
   threads = threads + 1
   thread:set("seed", threads * 7919)
end

-- Requests are made before the load begins, and sent one after the other: neither making nor
-- choosing them is what is measured. Their keys are at random, other ones in each thread.
function prepare(count, make)
   math.randomseed(seed)
   local requests, at = {}, 0
   for i = 1, count do
      requests[i] = make(i)
   end
   function request()
      at = at % count + 1
      return requests[at]
   end
end

function done(summary, latency)
   local errors = summary.errors
   io.write(string.format(
      '\n{"requests": %d, "microseconds": %d, "refused": %d, "broken": %d, "p50": %d, "p99": %d,'
         .. ' "worst": %d}\n',
      summary.requests, summary.duration, errors.status,
      errors.connect + errors.read + errors.write + errors.timeout,
      latency:percentile(50), latency:percentile(99), latency.max))
end
