// Package peer is what the peers in Go share: the line protocol of ../../README.md, the messages, and the tasks on
// whatever sockets a library has. A library's part is in the program beside it, behind Library and Socket.
package peer

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"strings"
	"sync"
)

// Library opens sockets.
type Library interface {
	// Name and version, as the first line tells them.
	Name() string
	Version() string
	// HasZAP tells whether its servers ask a ZAP handler about their clients.
	HasZAP() bool
	// Open makes a socket; a type or an option that the library lacks is Unsupported. A socket that can reports its
	// events to notify when that is not nil.
	Open(kind string, options Options, notify func(Event)) (Socket, error)
}

// Socket is one socket. Several goroutines may use it at once.
type Socket interface {
	// Bind answers the endpoint with its wildcards resolved.
	Bind(endpoint string) (string, error)
	Connect(endpoint string) error
	Unbind(endpoint string) error
	Disconnect(endpoint string) error
	Subscribe(prefix string) error
	Unsubscribe(prefix string) error
	// Send and Receive wait as long as the options sendTimeout and receiveTimeout say, and then fail with ErrAgain.
	Send(Message) error
	Receive() (Message, error)
	Close() error
}

// Event is what a socket reports, in the words of the native package.
type Event struct {
	Type    string      `json:"type"`
	Address string      `json:"address,omitempty"`
	Error   *EventError `json:"error,omitempty"`
}

type EventError struct {
	Message string `json:"message"`
	Code    string `json:"code,omitempty"`
	Status  int    `json:"status,omitempty"`
}

// Error is an error with its symbol, such as EAGAIN.
type Error struct{ Code, Message string }

func (e *Error) Error() string { return e.Message }

// Is makes errors with the same symbol equal.
func (e *Error) Is(target error) bool {
	var other *Error
	return errors.As(target, &other) && other.Code == e.Code
}

var (
	ErrAgain       = &Error{"EAGAIN", "Resource temporarily unavailable"}
	ErrUnreachable = &Error{"EHOSTUNREACH", "No route to host"}
	ErrClosed      = &Error{"ENOTSOCK", "the socket was closed"}
)

// Unsupported tells what a library does not have.
func Unsupported(format string, values ...any) error {
	return &Error{"ENOTSUP", fmt.Sprintf(format, values...)}
}

// ModuleVersion is the version of a module that this program was built with.
func ModuleVersion(path string) string {
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, module := range info.Deps {
			if module.Path == path {
				return strings.TrimPrefix(module.Version, "v")
			}
		}
	}
	return "unknown"
}

type object = map[string]any

// output writes whole lines to stdout, whoever calls it.
type output struct{ sync.Mutex }

func (o *output) write(line any) {
	text, err := json.Marshal(line)
	if err != nil {
		panic(err)
	}
	o.Lock()
	defer o.Unlock()
	os.Stdout.Write(append(text, '\n'))
}

// Main carries out tasks from stdin, each in a goroutine of its own, until stdin ends.
func Main(library Library) {
	var out output
	host := newHost(library, func(socket string, event Event) {
		out.write(struct {
			Kind   string `json:"event"`
			Socket string `json:"socket"`
			Event
		}{"socket", socket, event})
	})
	out.write(object{"event": "ready", "library": library.Name(), "version": library.Version()})
	lines := bufio.NewReader(os.Stdin)
	for {
		line, err := lines.ReadBytes('\n')
		if err != nil {
			// Messages and pending receives would hold the process; nobody is left to want them.
			os.Exit(0)
		}
		go func() { out.write(answer(host, line)) }()
	}
}

func answer(host *host, line []byte) object {
	var request request
	if err := json.Unmarshal(line, &request); err != nil {
		return object{"id": request.ID, "error": object{"message": err.Error()}}
	}
	ok, err := host.perform(request)
	if err == nil {
		return object{"id": request.ID, "ok": ok}
	}
	failure := object{"message": err.Error()}
	var coded *Error
	if errors.As(err, &coded) {
		failure["code"] = coded.Code
	}
	return object{"id": request.ID, "error": failure}
}
