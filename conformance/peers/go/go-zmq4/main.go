// The peer on go-zeromq/zmq4, ZeroMQ in pure Go. What a task asks and the library lacks is answered with ENOTSUP.
package main

import (
	"context"
	"errors"
	"io"
	"log"
	"net"
	"slices"
	"strings"
	"syscall"
	"time"

	"conformance/peer"

	zmq "github.com/go-zeromq/zmq4"
)

var constructors = map[string]func(context.Context, ...zmq.Option) zmq.Socket{
	"push": zmq.NewPush, "pull": zmq.NewPull, "pub": zmq.NewPub, "sub": zmq.NewSub, "req": zmq.NewReq,
	"rep": zmq.NewRep, "dealer": zmq.NewDealer, "router": zmq.NewRouter, "pair": zmq.NewPair,
	"xpub": zmq.NewXPub, "xsub": zmq.NewXSub,
}

func main() {
	peer.Main(library{})
}

type library struct{}

func (library) Name() string { return "go-zeromq/zmq4" }

func (library) Version() string { return peer.ModuleVersion("github.com/go-zeromq/zmq4") }

// HasZAP: its PLAIN server lets everyone in.
func (library) HasZAP() bool { return false }

// Open reports no events: the library has none.
func (library) Open(kind string, options peer.Options, _ func(peer.Event)) (peer.Socket, error) {
	construct, ok := constructors[kind]
	if !ok {
		return nil, peer.Unsupported("go-zeromq/zmq4 has no %s", kind)
	}
	timeouts, others := peer.TakeTimeouts(options)
	chosen, err := optionsOf(kind, others)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	inner := construct(ctx, chosen...)
	if mark := peer.Number(options["sendHighWaterMark"]); mark > 0 {
		inner.SetOption(zmq.OptionHWM, mark)
	}
	return &socket{inner, ctx, cancel, timeouts, make(chan received), make(chan struct{}, 1)}, nil
}

type received struct {
	message peer.Message
	err     error
}

type socket struct {
	inner    zmq.Socket
	ctx      context.Context
	cancel   context.CancelFunc
	timeouts peer.Timeouts
	arrivals chan received
	// Holds a token while a call of Recv is under way: what it brings after its time is the next Receive's.
	receiving chan struct{}
}

func (s *socket) Bind(endpoint string) (string, error) {
	if err := checkTransport(endpoint); err != nil {
		return "", err
	}
	if err := s.inner.Listen(endpoint); err != nil {
		return "", explain(err)
	}
	if strings.HasPrefix(endpoint, "tcp://") {
		return "tcp://" + s.inner.Addr().String(), nil
	}
	return endpoint, nil
}

// Connect does not wait for the connection, as Dial does: the other side may bind later.
func (s *socket) Connect(endpoint string) error {
	if err := checkTransport(endpoint); err != nil {
		return err
	}
	go func() {
		if err := s.inner.Dial(endpoint); err != nil && s.ctx.Err() == nil {
			log.Print(err)
		}
	}()
	return nil
}

func checkTransport(endpoint string) error {
	transport, _, _ := strings.Cut(endpoint, "://")
	if slices.Contains(zmq.Transports(), transport) {
		return nil
	}
	return &peer.Error{Code: "EPROTONOSUPPORT", Message: "unknown transport " + transport}
}

func (s *socket) Unbind(string) error {
	return peer.Unsupported("go-zeromq/zmq4 unbinds with close alone")
}

func (s *socket) Disconnect(string) error {
	return peer.Unsupported("go-zeromq/zmq4 disconnects with close alone")
}

// Subscribe sends an XSUB's subscription as the message that it is (29/PUBSUB).
func (s *socket) Subscribe(prefix string) error {
	if s.inner.Type() == zmq.XSub {
		return s.Send(peer.Message{append([]byte{1}, prefix...)})
	}
	return explain(s.inner.SetOption(zmq.OptionSubscribe, prefix))
}

func (s *socket) Unsubscribe(prefix string) error {
	if s.inner.Type() == zmq.XSub {
		return s.Send(peer.Message{append([]byte{0}, prefix...)})
	}
	return explain(s.inner.SetOption(zmq.OptionUnsubscribe, prefix))
}

// Send gives up waiting in time; the message itself cannot be taken back.
func (s *socket) Send(message peer.Message) error {
	deadline := peer.Deadline(s.timeouts.Send)
	sent := make(chan error, 1)
	go func() { sent <- s.send(message) }()
	select {
	case err := <-sent:
		return err
	case <-deadline:
		return peer.ErrAgain
	case <-s.ctx.Done():
		return peer.ErrClosed
	}
}

// send tries again while a REQ has no connection: the other types wait for one themselves.
func (s *socket) send(message peer.Message) error {
	for {
		err := s.inner.SendMulti(zmq.NewMsgFrom(message...))
		if err == nil || !strings.Contains(err.Error(), "no connections available") || s.ctx.Err() != nil {
			return explain(err)
		}
		time.Sleep(time.Millisecond)
	}
}

func (s *socket) Receive() (peer.Message, error) {
	deadline := peer.Deadline(s.timeouts.Receive)
	for {
		select {
		case s.receiving <- struct{}{}:
			go s.receive()
		case arrival := <-s.arrivals:
			return arrival.message, arrival.err
		case <-deadline:
			return nil, peer.ErrAgain
		case <-s.ctx.Done():
			return nil, peer.ErrClosed
		}
	}
}

// receive passes over the errors with which the library tells that a connection has ended.
func (s *socket) receive() {
	message, err := s.inner.Recv()
	for hasDisconnected(err) && s.ctx.Err() == nil {
		message, err = s.inner.Recv()
	}
	select {
	case s.arrivals <- received{message.Frames, explain(err)}:
	case <-s.ctx.Done():
	}
	<-s.receiving
}

func hasDisconnected(err error) bool {
	var failure net.Error
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.As(err, &failure)
}

func (s *socket) Close() error {
	s.cancel()
	return explain(s.inner.Close())
}

func explain(err error) error {
	if errors.Is(err, context.Canceled) {
		return peer.ErrClosed
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return peer.ErrAgain
	}
	var errno syscall.Errno
	if errors.As(err, &errno) {
		return peer.FromErrno(int(errno), err.Error())
	}
	return err
}
