import ANBRedis

/// The steps of the queue that must happen in one piece, run by the server.
///
/// An entry is in the stream from sending until it is done, so the stream and the consumer group's list of pending
/// entries, which counts deliveries, hold the truth. The other keys say:
/// - `inflight`: when the visibility of a delivered entry ends;
/// - `delayed`: when an entry that was given back is delivered again;
/// - `waiting`: the entry of each job that waits for a delivery, for dropping duplicates;
/// - `bell`: a stream of one entry that changes whenever somebody who waits should look again. Reading it takes
///   nothing away, so a receiver that dies while it waits swallows no wake-up;
/// - `dead`: the dead letters.
///
/// `ARGV[1]` is always the time in ms.
enum RedisQueueScripts {
    /// All deliveries go to one consumer: what a dead process held is found by its time, so names would only pile up.
    private static let common = """
        local stream, waiting, inflight, delayed, bell, dead = unpack(KEYS)
        local now = tonumber(ARGV[1])

        local function ring() redis.call('XADD', bell, 'MAXLEN', 1, '*', 'rung', 1) end

        local function read(id) return redis.call('XRANGE', stream, id, id)[1] end

        local function field(entry, name)
          for i = 1, #entry[2], 2 do
            if entry[2][i] == name then return entry[2][i + 1] end
          end
        end

        local function body(entry) return field(entry, 'body') or table.concat(entry[2], ' ') end

        -- A server that lost its data, or never had any, has no group.
        local function group(...)
          local reply = redis.pcall(...)
          if type(reply) ~= 'table' or not reply.err then return reply end
          if not string.find(reply.err, 'NOGROUP', 1, true) then error(reply) end
          redis.call('XGROUP', 'CREATE', stream, 'workers', '0', 'MKSTREAM')
          return redis.call(...)
        end

        local function deliveries(id)
          local pending = group('XPENDING', stream, 'workers', id, id, 1)[1]
          return pending and pending[4] or 0
        end

        -- Whether this delivery is the entry's latest and has not ended.
        local function held(id, received)
          return redis.call('ZSCORE', inflight, id) and deliveries(id) == tonumber(received)
        end

        local function wait(entry)
          local job = field(entry, 'job')
          if job then redis.call('HSETNX', waiting, job, entry[1]) end
        end

        local function leave(entry)
          local job = field(entry, 'job')
          if job and redis.call('HGET', waiting, job) == entry[1] then redis.call('HDEL', waiting, job) end
        end

        local function remove(id)
          redis.call('XACK', stream, 'workers', id)
          redis.call('XDEL', stream, id)
          redis.call('ZREM', inflight, id)
          redis.call('ZREM', delayed, id)
        end

        local function bury(entry, reason, received, deadMax)
          redis.call('XADD', dead, 'MAXLEN', '~', deadMax, '*',
            'body', body(entry), 'reason', reason, 'received', received)
          leave(entry)
          remove(entry[1])
        end

        -- A job that waits already is not added twice; when it waits for a time, its wait ends.
        local function add(job, text)
          local known = job ~= '' and redis.call('HGET', waiting, job)
          if known and read(known) then
            if not redis.call('ZSCORE', delayed, known) then return end
            redis.call('ZADD', delayed, now, known)
          elseif job ~= '' then
            redis.call('HSET', waiting, job, redis.call('XADD', stream, '*', 'job', job, 'body', text))
          else
            redis.call('XADD', stream, '*', 'body', text)
          end
          ring()
        end

        """

    /// After the time: job, body, job, body, …
    static let send = RedisScript(common + "for i = 2, #ARGV, 2 do add(ARGV[i], ARGV[i + 1]) end")

    /// After the time: most messages, visibility in ms, most deliveries, most dead letters.
    /// Answers the bell's state, the ms until a message becomes due (-1: none will), and id, count, body of each.
    static let take = RedisScript(
        common + """
            local limit, visibility, receivesMax, deadMax = tonumber(ARGV[2]), ARGV[3], tonumber(ARGV[4]), ARGV[5]
            local taken, count = {}, 0

            local function deliver(entry, received)
              leave(entry)
              redis.call('ZADD', inflight, now + visibility, entry[1])
              for _, value in ipairs({entry[1], received, body(entry)}) do table.insert(taken, value) end
              count = count + 1
            end

            local function deliverAgain(id, received)
              -- FORCE, for a group that was made anew.
              redis.call('XCLAIM', stream, 'workers', 'workers', 0, id, 'RETRYCOUNT', received + 1, 'FORCE')
              deliver(read(id), received + 1)
            end

            for _, set in ipairs({inflight, delayed}) do
              for _, id in ipairs(redis.call('ZRANGEBYSCORE', set, '-inf', now, 'LIMIT', 0, limit - count)) do
                local entry, received = read(id), deliveries(id)
                redis.call('ZREM', set, id)
                if not entry then
                  remove(id)
                elseif received >= receivesMax then
                  bury(entry, 'delivered ' .. received .. ' times and never acknowledged', received, deadMax)
                else
                  deliverAgain(id, received)
                end
              end
            end

            if count < limit then
              local new = group('XREADGROUP', 'GROUP', 'workers', 'workers', 'COUNT', limit - count, 'STREAMS', stream, '>')
              for _, entry in ipairs(new and new[1][2] or {}) do deliver(entry, 1) end
            end
            if count > 0 then return {'', 0, taken} end

            local last = redis.call('XREVRANGE', bell, '+', '-', 'COUNT', 1)[1]
            local due = -1
            for _, set in ipairs({inflight, delayed}) do
              local first = redis.call('ZRANGE', set, 0, 0, 'WITHSCORES')[2]
              if first and (due < 0 or first - now < due) then due = math.max(0, first - now) end
            end
            return {last and last[1] or '0-0', due, taken}
            """)

    /// After the time: entry, count, entry, count, …
    static let acknowledge = RedisScript(
        common + """
            for i = 2, #ARGV, 2 do
              if held(ARGV[i], ARGV[i + 1]) then remove(ARGV[i]) end
            end
            """)

    /// After the time: entry, count, visibility in ms.
    static let extend = RedisScript(
        common + """
            if held(ARGV[2], ARGV[3]) then
              local before, after = tonumber(redis.call('ZSCORE', inflight, ARGV[2])), now + ARGV[4]
              redis.call('ZADD', inflight, after, ARGV[2])
              if after < before then ring() end
            end
            """)

    /// After the time: entry, count, delay in ms.
    static let giveBack = RedisScript(
        common + """
            local entry = held(ARGV[2], ARGV[3]) and read(ARGV[2])
            if entry then
              redis.call('ZREM', inflight, ARGV[2])
              redis.call('ZADD', delayed, now + ARGV[4], ARGV[2])
              wait(entry)
              ring()
            end
            """)

    /// After the time: entry, count, reason, most dead letters.
    static let bury = RedisScript(
        common + """
            local entry = held(ARGV[2], ARGV[3]) and read(ARGV[2])
            if entry then bury(entry, ARGV[4], ARGV[3], ARGV[5]) end
            """)

    /// Answers ready, in flight, delayed, dead.
    static let depth = RedisScript(
        common + """
            local flying = redis.call('ZCOUNT', inflight, '(' .. ARGV[1], '+inf')
            local later = redis.call('ZCOUNT', delayed, '(' .. ARGV[1], '+inf')
            return {redis.call('XLEN', stream) - flying - later, flying, later, redis.call('XLEN', dead)}
            """)

    /// After the time: dead letter, job, dead letter, job, … A letter that is no message has no job.
    /// Answers the letters that were there.
    static let replay = RedisScript(
        common + """
            local taken = {}
            for i = 2, #ARGV, 2 do
              local letter = redis.call('XRANGE', dead, ARGV[i], ARGV[i])[1]
              if letter then
                add(ARGV[i + 1], body(letter))
                redis.call('XDEL', dead, ARGV[i])
                table.insert(taken, ARGV[i])
              end
            end
            return taken
            """)

    /// After the time: dead letters. Answers those that were there.
    static let purge = RedisScript(
        common + """
            local taken = {}
            for i = 2, #ARGV do
              if redis.call('XDEL', dead, ARGV[i]) == 1 then table.insert(taken, ARGV[i]) end
            end
            return taken
            """)
}
