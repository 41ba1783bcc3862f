#!/usr/bin/env python3
"""How many worker tasks a contest needs: a simulation of the queue, from service times that `make capacity` measured.

Jobs wait in one line, first come first served. A task has some cores and runs `slots` jobs at a time; a job needs a measured
number of processor seconds and can use only so many cores, so jobs on one task share its cores. Time to published is from the
answer 202 to the commit. Left out: starting tasks, groups of one player that keep their order, losses of tasks.

usage: model.py --uploads-per-hour 600 --p95-seconds 120 [--measured FILE.json] [--price-… ]"""

import argparse
import collections
import heapq
import json
import pathlib
import random

HERE = pathlib.Path(__file__).resolve().parent
# Examples, to be replaced by what a contract says: AWS Fargate on demand, Linux on x86, us-east-1, as public pages quoted
# AWS's list in June 2026. Dollars.
PRICE_VCPU_HOUR, PRICE_GB_HOUR, PRICE_DISK_GB_HOUR = 0.04048, 0.004445, 0.000111
PRICE_SOURCE = "examples: AWS Fargate on demand, Linux/x86, us-east-1, list of June 2026; replace them"
# A worker task of Deploy/terraform: vCPU, GB of memory, GB of disk beyond the 20 that are included, jobs at a time.
CORES, MEMORY_GB, DISK_GB, SLOTS = 2, 8, 10, 1
HOURS_OF_MONTH = 730


class Kind:
    """What one kind of clip costs: seconds from claim to commit on an idle task, and processor seconds in them."""

    def __init__(self, seconds, cpu):
        self.seconds, self.cpu = seconds, max(cpu, 1e-9)
        self.cores = self.cpu / seconds


def shares(cores, wanted):
    """Cores for each of the jobs on one task: nobody more than it can use, what is left is shared evenly."""
    given, left = {}, cores
    for rank, (job, most) in enumerate(sorted(wanted.items(), key=lambda item: item[1])):
        given[job] = min(most, left / (len(wanted) - rank))
        left -= given[job]
    return given


class Task:
    def __init__(self, cores, slots):
        self.cores, self.slots = cores, slots
        self.left, self.most = {}, {}
        self.now = 0.0

    def begin(self, job, kind):
        self.left[job], self.most[job] = kind.cpu, kind.cores

    def advance(self, now):
        for job, rate in shares(self.cores, self.most).items():
            self.left[job] -= rate * (now - self.now)
        self.now = now

    def next_end(self):
        rates = shares(self.cores, self.most)
        return min(((self.now + max(self.left[job], 0) / rates[job], job) for job in self.left), default=None)

    def end(self, job):
        del self.left[job], self.most[job]


def simulate(arrivals, kinds, tasks=1, slots=1, cores=CORES):
    """Arrivals as (time, kind) in order of time; answers for each when it is published."""
    machines = [Task(cores, slots) for _ in range(tasks)]
    waiting, ends, versions = collections.deque(), [], [0] * tasks
    published, index = [0.0] * len(arrivals), 0

    def plan(number):
        """What was planned for this task before counts no more."""
        versions[number] += 1
        if found := machines[number].next_end():
            heapq.heappush(ends, (*found, number, versions[number]))

    while index < len(arrivals) or waiting or ends:
        while ends and ends[0][3] != versions[ends[0][2]]:
            heapq.heappop(ends)
        if index < len(arrivals) and (not ends or arrivals[index][0] <= ends[0][0]):
            now = arrivals[index][0]
            waiting.append(index)
            index += 1
        elif ends:
            now, job, number, _ = heapq.heappop(ends)
            machines[number].advance(now)
            machines[number].end(job)
            published[job] = now
            plan(number)
        else:
            break
        while waiting:
            free = [number for number, machine in enumerate(machines) if len(machine.left) < machine.slots]
            if not free:
                break
            number = min(free, key=lambda number: len(machines[number].left))
            job = waiting.popleft()
            machines[number].advance(now)
            machines[number].begin(job, kinds[arrivals[job][1]])
            plan(number)
    return published


def percentile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else 0.0


def poisson(chance, per_hour, count, names):
    now = 0.0
    for _ in range(count):
        now += chance.expovariate(per_hour / 3600)
        yield now, chance.choice(names)


def waits(kinds, per_hour, tasks, slots=SLOTS, count=4000, seed=1):
    """Seconds to published with that many tasks, without the beginning, when nothing waits yet."""
    arrivals = list(poisson(random.Random(seed), per_hour, count, sorted(kinds)))
    published = simulate(arrivals, kinds, tasks, slots)
    return [end - begun for (begun, _), end in zip(arrivals, published)][count // 10:]


def size(kinds, per_hour, p95_seconds, slots=SLOTS, seeds=(1, 2, 3)):
    """The fewest tasks with which the worst of some seeds keeps the time, over two hours at least; None: no number does."""
    if percentile([kind.seconds for kind in kinds.values()], 0.95) > p95_seconds:
        return None
    # With less the line grows for ever.
    work = per_hour / 3600 * sum(max(kind.cpu / CORES, kind.seconds / slots) for kind in kinds.values()) / len(kinds)
    tasks = int(work) + 1
    while True:
        count = max(4000, int(2 * per_hour))
        p95 = max(percentile(waits(kinds, per_hour, tasks, slots, count, seed), 0.95) for seed in seeds)
        if p95 <= p95_seconds:
            return {"tasks": tasks, "p95": p95, "busy": work / tasks}
        tasks += 1


def price(tasks, vcpu_hour=PRICE_VCPU_HOUR, gb_hour=PRICE_GB_HOUR, disk_gb_hour=PRICE_DISK_GB_HOUR):
    """Dollars an hour."""
    return tasks * (CORES * vcpu_hour + MEMORY_GB * gb_hour + DISK_GB * disk_gb_hour)


def check():
    """The simulation against what is known: one server with a constant service time (Pollaczek and Khinchine), and sharing."""
    service, load = 10.0, 0.7
    kinds = {"a": Kind(service, 2 * service)}
    times = [time for seed in range(5) for time in waits(kinds, 3600 * load / service, 1, 1, 8000, seed)]
    found, known = sum(times) / len(times), service + load * service / (2 * (1 - load))
    if abs(found / known - 1) > 0.08:
        raise SystemExit(f"the simulation is wrong: {found:.2f} s, not {known:.2f} s")
    # Three jobs of 10 s on 2 cores that each could use 2: together they need 30 s, and end at once.
    if [round(end, 6) for end in simulate([(0, "a")] * 3, kinds, slots=3)] != [30, 30, 30]:
        raise SystemExit("the simulation shares wrongly")
    return found / known - 1


def kinds_of(measured):
    return {name: Kind(kind["seconds"], kind["cpu"]) for name, kind in measured["kinds"].items()}


def newest():
    found = sorted((HERE.parent / "results").glob("capacity-*.json"))
    if not found:
        raise SystemExit("nothing was measured yet: make capacity")
    return found[-1]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--uploads-per-hour", type=float, required=True)
    parser.add_argument("--p95-seconds", type=float, default=120, help="from the answer 202 to published, 95 of 100 clips; default 120")
    parser.add_argument("--measured", type=pathlib.Path, help="a JSON file of make capacity; default: the newest")
    parser.add_argument("--slower", type=float, default=1.0, help="how many times slower a task's vCPU is than the measured core; default 1")
    parser.add_argument("--slots", type=int, default=SLOTS, help=f"WORKER_CONCURRENCY of a task; default {SLOTS}")
    parser.add_argument("--price-vcpu-hour", type=float, default=PRICE_VCPU_HOUR)
    parser.add_argument("--price-gb-hour", type=float, default=PRICE_GB_HOUR)
    parser.add_argument("--price-disk-gb-hour", type=float, default=PRICE_DISK_GB_HOUR)
    options = parser.parse_args()
    check()
    kinds = kinds_of(json.loads((options.measured or newest()).read_text())["workers"])
    kinds = {name: Kind(kind.seconds * options.slower, kind.cpu * options.slower) for name, kind in kinds.items()}
    found = size(kinds, options.uploads_per_hour, options.p95_seconds, options.slots)
    if found is None:
        raise SystemExit(f"a clip alone takes longer than {options.p95_seconds:g} s")
    hourly = price(found["tasks"], options.price_vcpu_hour, options.price_gb_hour, options.price_disk_gb_hour)
    print(f"{found['tasks']} worker tasks of {CORES} vCPU with {options.slots} jobs at a time: p95 {found['p95']:.0f} s, {100 * found['busy']:.0f} % busy, "
          f"${hourly:.2f}/h, ${hourly * HOURS_OF_MONTH:,.0f}/month, ${1000 * hourly / options.uploads_per_hour:.2f} for 1,000 clips")
    if (options.price_vcpu_hour, options.price_gb_hour) == (PRICE_VCPU_HOUR, PRICE_GB_HOUR):
        print(f"prices: {PRICE_SOURCE}")


if __name__ == "__main__":
    main()
