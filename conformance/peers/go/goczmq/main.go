// The peer on goczmq, in the module that go-zeromq publishes of it, which calls CZMQ and through it libzmq. Its sockets
// are libzmq's: for one goroutine at a time.
package main

/*
#cgo pkg-config: libczmq libzmq
#include <czmq.h>

// CZMQ complains on stdout, where the answers go.
static void complain_on_stderr (void) { zsys_set_logstream (stderr); }
*/
import "C"

import (
	"fmt"
	"runtime"

	"conformance/peer"

	czmq "github.com/go-zeromq/goczmq/v4"
)

var types = map[string]int{
	"push": czmq.Push, "pull": czmq.Pull, "pub": czmq.Pub, "sub": czmq.Sub, "req": czmq.Req, "rep": czmq.Rep,
	"dealer": czmq.Dealer, "router": czmq.Router, "pair": czmq.Pair, "xpub": czmq.XPub, "xsub": czmq.XSub,
	"stream": czmq.Stream,
}

func main() {
	C.complain_on_stderr()
	peer.Main(library{})
}

type library struct{}

func (library) Name() string { return "goczmq" }

func (library) Version() string {
	var major, minor, patch C.int
	C.zsys_version(&major, &minor, &patch)
	own := fmt.Sprintf("CZMQ %d.%d.%d", major, minor, patch)
	C.zmq_version(&major, &minor, &patch)
	binding := peer.ModuleVersion("github.com/go-zeromq/goczmq/v4")
	return fmt.Sprintf("%s (%s, libzmq %d.%d.%d)", binding, own, major, minor, patch)
}

func (library) HasZAP() bool { return true }

// Open reports no events: the binding has none of CZMQ's monitors.
func (library) Open(kind string, options peer.Options, _ func(peer.Event)) (peer.Socket, error) {
	number, ok := types[kind]
	if !ok {
		return nil, peer.Unsupported("goczmq without drafts has no %s", kind)
	}
	timeouts, others := peer.TakeTimeouts(options)
	settings, err := settingsOf(kind, others)
	if err != nil {
		return nil, err
	}
	return &socket{inner: czmq.NewSock(number, settings...), timeouts: timeouts}, nil
}

type socket struct {
	turns    peer.Turns
	inner    *czmq.Sock
	timeouts peer.Timeouts
}

func (s *socket) Bind(endpoint string) (resolved string, err error) {
	err = s.attempt(func() error {
		_, err := s.inner.Bind(endpoint)
		resolved = czmq.LastEndpoint(s.inner)
		return err
	})
	return resolved, err
}

func (s *socket) Connect(endpoint string) error {
	return s.attempt(func() error { return s.inner.Connect(endpoint) })
}

func (s *socket) Unbind(endpoint string) error {
	return s.attempt(func() error { return s.inner.Unbind(endpoint) })
}

func (s *socket) Disconnect(endpoint string) error {
	return s.attempt(func() error { return s.inner.Disconnect(endpoint) })
}

// Subscribe sends an XSUB's subscription as the message that it is (29/PUBSUB).
func (s *socket) Subscribe(prefix string) error {
	if s.inner.GetType() == czmq.XSub {
		return s.Send(peer.Message{append([]byte{1}, prefix...)})
	}
	return s.turns.Do(func() error {
		s.inner.SetOption(czmq.SockSetSubscribe(prefix))
		return nil
	})
}

func (s *socket) Unsubscribe(prefix string) error {
	if s.inner.GetType() == czmq.XSub {
		return s.Send(peer.Message{append([]byte{0}, prefix...)})
	}
	return s.turns.Do(func() error {
		s.inner.SetOption(czmq.SockSetUnsubscribe(prefix))
		return nil
	})
}

func (s *socket) Send(message peer.Message) error {
	return s.turns.Until(s.timeouts.Send, explained(func() error { return s.inner.SendMessage(message) }))
}

func (s *socket) Receive() (message peer.Message, err error) {
	err = s.turns.Until(s.timeouts.Receive, explained(func() error {
		message, err = s.inner.RecvMessage()
		return err
	}))
	return message, err
}

func (s *socket) Close() error {
	return s.turns.Close(func() error {
		s.inner.Destroy()
		return nil
	})
}

func (s *socket) attempt(call func() error) error {
	return s.turns.Do(explained(call))
}

// explained gives an error libzmq's reason, which goczmq leaves out: errno belongs to the thread of the call.
func explained(call func() error) func() error {
	return func() error {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		if err := call(); err != nil {
			errno := C.zmq_errno()
			return peer.FromErrno(int(errno), fmt.Sprintf("%v: %s", err, C.GoString(C.zmq_strerror(errno))))
		}
		return nil
	}
}
