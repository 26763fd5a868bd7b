package peer

import (
	"encoding/base64"
	"fmt"
	"sync"
)

// request is a task and all fields that a task may have.
type request struct {
	ID       int               `json:"id"`
	Task     string            `json:"task"`
	Socket   string            `json:"socket"`
	Type     string            `json:"type"`
	Options  Options           `json:"options"`
	Events   bool              `json:"events"`
	Endpoint string            `json:"endpoint"`
	Prefixes []string          `json:"prefixes"`
	Parts    []string          `json:"parts"`
	Users    map[string]string `json:"users"`
	Stream   Stream            `json:"stream"`
	Replies  Stream            `json:"replies"`
	From     int               `json:"from"`
	Count    int               `json:"count"`
	Only     []string          `json:"only"`
	Envelope int               `json:"envelope"`
	To       []string          `json:"to"`
}

type opened struct {
	Socket
	kind string
}

// host carries out tasks on the sockets of one library.
type host struct {
	library Library
	notify  func(socket string, event Event)
	mutex   sync.Mutex
	sockets map[string]opened
}

func newHost(library Library, notify func(string, Event)) *host {
	return &host{library: library, notify: notify, sockets: map[string]opened{}}
}

func (h *host) perform(r request) (any, error) {
	switch r.Task {
	case "open":
		return h.open(r)
	case "authenticate":
		return object{}, h.authenticate(r.Users)
	case "digest":
		return object{"sha256": r.Stream.digest(r.From, r.Count)}, nil
	case "memory":
		return nil, Unsupported("this peer does not tell its memory")
	}
	socket, err := h.socket(r.Socket)
	if err != nil {
		return nil, err
	}
	switch r.Task {
	case "bind":
		endpoint, err := socket.Bind(r.Endpoint)
		return object{"endpoint": endpoint}, err
	case "connect":
		return object{}, socket.Connect(r.Endpoint)
	case "unbind":
		return object{}, socket.Unbind(r.Endpoint)
	case "disconnect":
		return object{}, socket.Disconnect(r.Endpoint)
	case "subscribe":
		return object{}, forEach(r.Prefixes, socket.Subscribe)
	case "unsubscribe":
		return object{}, forEach(r.Prefixes, socket.Unsubscribe)
	case "send":
		parts, err := decode(r.Parts)
		if err != nil {
			return nil, err
		}
		return object{}, socket.Send(parts)
	case "receive":
		parts, err := socket.Receive()
		return object{"parts": encode(parts)}, err
	case "produce":
		return produce(socket, r)
	case "consume":
		return consume(socket, r)
	case "request":
		return ask(socket, r)
	case "serve":
		return serve(socket, r)
	case "close":
		h.forget(r.Socket)
		return object{}, socket.Close()
	}
	return nil, Unsupported("this peer has no task %s", r.Task)
}

func (h *host) open(r request) (any, error) {
	if _, err := h.socket(r.Socket); err == nil {
		return nil, fmt.Errorf("socket %s is open already", r.Socket)
	}
	var notify func(Event)
	if r.Events {
		notify = func(event Event) { h.notify(r.Socket, event) }
	}
	socket, err := h.library.Open(r.Type, r.Options, notify)
	if err != nil {
		return nil, err
	}
	h.mutex.Lock()
	defer h.mutex.Unlock()
	h.sockets[r.Socket] = opened{socket, r.Type}
	return object{}, nil
}

func (h *host) socket(name string) (opened, error) {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	socket, ok := h.sockets[name]
	if !ok {
		return socket, fmt.Errorf("no socket %s", name)
	}
	return socket, nil
}

func (h *host) forget(name string) {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	delete(h.sockets, name)
}

// authenticate runs a ZAP handler (27/ZAP) that knows some PLAIN users and lets NULL peers in.
func (h *host) authenticate(users map[string]string) error {
	if !h.library.HasZAP() {
		return Unsupported("%s asks no ZAP handler", h.library.Name())
	}
	handler, err := h.library.Open("rep", Options{"linger": 0.0}, nil)
	if err != nil {
		return err
	}
	if _, err := handler.Bind("inproc://zeromq.zap.01"); err != nil {
		return err
	}
	go func() {
		for {
			request, err := handler.Receive()
			if err != nil {
				return
			}
			handler.Send(zapReply(request, users))
		}
	}()
	return nil
}

// zapReply answers version, request id, domain, address, routing id, mechanism and credentials.
func zapReply(request Message, users map[string]string) Message {
	if len(request) < 6 {
		return Message{nil}
	}
	known := string(request[5]) == "NULL"
	if len(request) == 8 && string(request[5]) == "PLAIN" {
		password, exists := users[string(request[6])]
		known = exists && password == string(request[7])
	}
	code, text := "400", "No such user, or another password"
	if known {
		code, text = "200", "OK"
	}
	// No user id: libzmq hands one to a bound REQ as if it were part of a reply, and drops the connection.
	return Message{request[0], request[1], []byte(code), []byte(text), {}, {}}
}

func forEach(prefixes []string, perform func(string) error) error {
	for _, prefix := range prefixes {
		if err := perform(prefix); err != nil {
			return err
		}
	}
	return nil
}

func decode(parts []string) (Message, error) {
	message := make(Message, len(parts))
	for i, part := range parts {
		bytes, err := base64.StdEncoding.DecodeString(part)
		if err != nil {
			return nil, err
		}
		message[i] = bytes
	}
	return message, nil
}

func encode(message Message) []string {
	parts := make([]string, len(message))
	for i, part := range message {
		parts[i] = base64.StdEncoding.EncodeToString(part)
	}
	return parts
}
