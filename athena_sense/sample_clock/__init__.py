"""When each sample was taken.

Radio links deliver in bursts and stalls, so an arrival time is only a bound: a packet cannot arrive before its last
sample was taken. The clock therefore counts on the sensor's own time (its stamps, or its samples where it has none)
and ties that to the host's clock by a line under the earliest arrivals. Of a sensor that is only counted it asks for
each period how many packets must have been taken by each burst: what came less was lost. This is renewed at block
edges, which the stream of packets alone decides, and sample times run towards it at a slightly changed speed: they
never go back, never change afterwards, and do not depend on how the packets were cut into calls.

What this cannot see: without stamps, a sample is placed no better than within the time that packets and the link's
events leave open. Where packets last as long as one interval or several, that is a whole interval until the two have
slid past each other: 1/143 of a packet each time with a clock 0.7 % wrong, and never where both clocks agree. Until it
has been seen two or three times, such sliding is not to be told from losses.
"""

from athena_sense.sample_clock.clock import LinkHealth, SampleClock

__all__ = ["LinkHealth", "SampleClock"]
