// The peer on pebbe/zmq4, which calls libzmq. Its sockets are libzmq's: for one goroutine at a time.
package main

import (
	"errors"
	"fmt"
	"sync/atomic"

	"conformance/peer"

	zmq "github.com/pebbe/zmq4"
)

var types = map[string]zmq.Type{
	"push": zmq.PUSH, "pull": zmq.PULL, "pub": zmq.PUB, "sub": zmq.SUB, "req": zmq.REQ, "rep": zmq.REP,
	"dealer": zmq.DEALER, "router": zmq.ROUTER, "pair": zmq.PAIR, "xpub": zmq.XPUB, "xsub": zmq.XSUB,
	"stream": zmq.STREAM,
}

func main() {
	peer.Main(library{})
}

type library struct{}

func (library) Name() string { return "pebbe/zmq4" }

func (library) Version() string {
	major, minor, patch := zmq.Version()
	return fmt.Sprintf("%s (libzmq %d.%d.%d)", peer.ModuleVersion("github.com/pebbe/zmq4"), major, minor, patch)
}

func (library) HasZAP() bool { return true }

func (library) Open(kind string, options peer.Options, notify func(peer.Event)) (peer.Socket, error) {
	number, ok := types[kind]
	if !ok {
		return nil, peer.Unsupported("pebbe/zmq4 without drafts has no %s", kind)
	}
	inner, err := zmq.NewSocket(number)
	if err != nil {
		return nil, explain(err)
	}
	timeouts, others := peer.TakeTimeouts(options)
	s := &socket{inner: inner, kind: number, timeouts: timeouts}
	if err := s.configure(others); err != nil {
		inner.Close()
		return nil, err
	}
	if notify != nil {
		if err := monitor(inner, notify); err != nil {
			inner.Close()
			return nil, explain(err)
		}
	}
	return s, nil
}

type socket struct {
	turns    peer.Turns
	inner    *zmq.Socket
	kind     zmq.Type
	timeouts peer.Timeouts
}

func (s *socket) configure(options peer.Options) error {
	// One turn; sendTimeout and receiveTimeout are as many turns as it takes.
	s.inner.SetSndtimeo(peer.Slice)
	s.inner.SetRcvtimeo(peer.Slice)
	for name, value := range options {
		set, ok := setters[name]
		if !ok {
			return peer.Unsupported("this peer has no option %s", name)
		}
		if value == nil {
			continue
		}
		if err := set(s.inner, value); err != nil {
			return explain(err)
		}
	}
	return nil
}

func (s *socket) Bind(endpoint string) (resolved string, err error) {
	err = s.turns.Do(func() error {
		if err := s.inner.Bind(endpoint); err != nil {
			return explain(err)
		}
		resolved, err = s.inner.GetLastEndpoint()
		return explain(err)
	})
	return resolved, err
}

func (s *socket) Connect(endpoint string) error {
	return s.turns.Do(func() error { return explain(s.inner.Connect(endpoint)) })
}

func (s *socket) Unbind(endpoint string) error {
	return s.turns.Do(func() error { return explain(s.inner.Unbind(endpoint)) })
}

func (s *socket) Disconnect(endpoint string) error {
	return s.turns.Do(func() error { return explain(s.inner.Disconnect(endpoint)) })
}

// Subscribe sends an XSUB's subscription as the message that it is (29/PUBSUB).
func (s *socket) Subscribe(prefix string) error {
	if s.kind == zmq.XSUB {
		return s.Send(peer.Message{append([]byte{1}, prefix...)})
	}
	return s.turns.Do(func() error { return explain(s.inner.SetSubscribe(prefix)) })
}

func (s *socket) Unsubscribe(prefix string) error {
	if s.kind == zmq.XSUB {
		return s.Send(peer.Message{append([]byte{0}, prefix...)})
	}
	return s.turns.Do(func() error { return explain(s.inner.SetUnsubscribe(prefix)) })
}

func (s *socket) Send(message peer.Message) error {
	return s.turns.Until(s.timeouts.Send, func() error {
		_, err := s.inner.SendMessage(message)
		return explain(err)
	})
}

func (s *socket) Receive() (message peer.Message, err error) {
	err = s.turns.Until(s.timeouts.Receive, func() error {
		message, err = s.inner.RecvMessageBytes(0)
		return explain(err)
	})
	return message, err
}

func (s *socket) Close() error {
	return s.turns.Close(func() error { return explain(s.inner.Close()) })
}

// explain gives libzmq's errors their symbols.
func explain(err error) error {
	if err == nil {
		return nil
	}
	var errno zmq.Errno
	if errors.As(err, &errno) {
		return peer.FromErrno(int(errno), err.Error())
	}
	return peer.FromErrno(int(zmq.AsErrno(err)), err.Error())
}

var monitors atomic.Int64

func monitor(socket *zmq.Socket, notify func(peer.Event)) error {
	address := fmt.Sprintf("inproc://monitor.%d", monitors.Add(1))
	if err := socket.Monitor(address, zmq.EVENT_ALL); err != nil {
		return err
	}
	reader, err := zmq.NewSocket(zmq.PAIR)
	if err != nil {
		return err
	}
	if err := reader.Connect(address); err != nil {
		return err
	}
	go func() {
		defer reader.Close()
		for {
			event, address, value, err := reader.RecvEvent(0)
			if err != nil {
				return
			}
			if kind, ok := peer.EventType(int(event)); ok {
				notify(peer.Event{Type: kind, Address: address, Error: peer.EventErrorOf(kind, value, zmq.Error)})
			}
			if event == zmq.EVENT_MONITOR_STOPPED {
				return
			}
		}
	}()
	return nil
}
