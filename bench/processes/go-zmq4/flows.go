package main

import (
	"bytes"
	"errors"
	"slices"
	"time"

	zmq "github.com/go-zeromq/zmq4"
)

type run struct {
	ring  [][]byte
	count int
	// Whether every byte of what arrives is looked at.
	all bool
}

// ringOf makes the same messages as messages.ts: their place in the ring first, as far as it fits.
func ringOf(size int) [][]byte {
	length := 11
	for _, candidate := range []int{101, 251} {
		if candidate*size <= 1<<20 {
			length = candidate
		}
	}
	ring := make([][]byte, length)
	for place := range ring {
		ring[place] = make([]byte, size)
		for at := range ring[place] {
			ring[place][at] = byte(place*31 + at*7)
			if at < 4 {
				ring[place][at] = byte(place >> (8 * at))
			}
		}
	}
	return ring
}

func (r run) message(at int) []byte {
	return r.ring[at%len(r.ring)]
}

func (r run) check(at int, found zmq.Msg) error {
	expected := r.message(at)
	if len(found.Frames) == 1 {
		body := found.Frames[0]
		last := len(expected) - 1
		all := r.all || at == r.count-1
		if len(body) == len(expected) && body[0] == expected[0] && body[last] == expected[last] &&
			(!all || bytes.Equal(body, expected)) {
			return nil
		}
	}
	return errors.New("a message is not what was sent")
}

func push(socket zmq.Socket, run run) ([]int64, error) {
	for at := 0; at < run.count; at++ {
		if err := socket.Send(zmq.NewMsg(run.message(at))); err != nil {
			return nil, err
		}
	}
	return nil, nil
}

func pull(socket zmq.Socket, run run) ([]int64, error) {
	var first time.Time
	for at := 0; at < run.count; at++ {
		message, err := socket.Recv()
		if err != nil {
			return nil, err
		}
		if at == 0 {
			first = time.Now()
		}
		if err := run.check(at, message); err != nil {
			return nil, err
		}
	}
	return []int64{time.Since(first).Nanoseconds()}, nil
}

// request reports median, 99th percentile, least, most, sum and 99.9th percentile, as latency.ts.
func request(socket zmq.Socket, run run) ([]int64, error) {
	took := make([]int64, run.count)
	var sum int64
	for at := range took {
		start := time.Now()
		if err := socket.Send(zmq.NewMsg(run.message(at))); err != nil {
			return nil, err
		}
		message, err := socket.Recv()
		if err != nil {
			return nil, err
		}
		took[at] = time.Since(start).Nanoseconds()
		sum += took[at]
		if err := run.check(at, message); err != nil {
			return nil, err
		}
	}
	slices.Sort(took)
	last := run.count - 1
	at := func(thousandths int) int64 { return took[last*thousandths/1000] }
	return []int64{at(500), at(990), took[0], took[last], sum, at(999)}, nil
}

func reply(socket zmq.Socket, run run) ([]int64, error) {
	for at := 0; at < run.count; at++ {
		message, err := socket.Recv()
		if err != nil {
			return nil, err
		}
		if err := socket.Send(message); err != nil {
			return nil, err
		}
	}
	return nil, nil
}
