package peer

import (
	"bytes"
	"fmt"
	"strings"
	"time"
)

// size is what a run of messages amounts to.
type size struct {
	Count int `json:"count"`
	Parts int `json:"parts"`
	Bytes int `json:"bytes"`
}

type production struct {
	size
	Milliseconds float64 `json:"milliseconds"`
}

// report is a tally as it is answered.
type report struct {
	size
	Foreign      int     `json:"foreign"`
	Milliseconds float64 `json:"milliseconds"`
	Fault        string  `json:"fault,omitempty"`
}

// tally is what a consumer has seen of what it expects.
type tally struct {
	expected []Message
	received []Message
	foreign  int
	start    time.Time
	stop     error
}

func (t *tally) isComplete() bool { return len(t.received) == len(t.expected) || t.stop != nil }

func (t *tally) begin() {
	if t.start.IsZero() {
		t.start = time.Now()
	}
}

func (t *tally) report() report {
	var elapsed float64
	if !t.start.IsZero() {
		elapsed = millisecondsSince(t.start)
	}
	return report{sizeOf(t.received), t.foreign, elapsed, t.fault()}
}

func (t *tally) fault() string {
	total := len(t.expected)
	for i, expected := range t.expected {
		if i == len(t.received) {
			return strings.TrimSuffix(fmt.Sprintf("%d of %d messages are missing: %v", total-i, total, t.stop), ": <nil>")
		}
		if fault := difference(t.received[i], expected); fault != "" {
			return fmt.Sprintf("message %d of %d: %s", i, total, fault)
		}
	}
	if t.stop != nil {
		return t.stop.Error()
	}
	return ""
}

func sizeOf(messages []Message) size {
	s := size{Count: len(messages)}
	for _, message := range messages {
		s.Parts += len(message)
		for _, part := range message {
			s.Bytes += len(part)
		}
	}
	return s
}

func millisecondsSince(start time.Time) float64 {
	return float64(time.Since(start)) / float64(time.Millisecond)
}

func produce(socket opened, r request) (any, error) {
	messages := r.Stream.messages(r.From, r.Count)
	sends := messages
	if socket.kind == "stream" {
		notice, err := socket.Receive()
		if err != nil {
			return nil, err
		}
		sends = pours(notice[0], messages)
	}
	start := time.Now()
	for _, message := range sends {
		if err := socket.Send(message); err != nil {
			return nil, err
		}
	}
	return production{sizeOf(messages), millisecondsSince(start)}, nil
}

// pours is how a STREAM, which knows no messages, sends their bytes to a peer.
func pours(peer []byte, messages []Message) []Message {
	var sends []Message
	for _, message := range messages {
		// Nothing at all would close the connection.
		if chunk := bytes.Join(message, nil); len(chunk) > 0 {
			sends = append(sends, Message{peer, chunk})
		}
	}
	return sends
}

func consume(socket opened, r request) (any, error) {
	expected := wanted(r)
	if socket.kind == "stream" {
		return collect(socket, expected), nil
	}
	t := tally{expected: expected}
	for !t.isComplete() {
		whole, err := socket.Receive()
		if err != nil {
			t.stop = err
			break
		}
		t.begin()
		if _, message := split(whole, r.Envelope); r.Stream.isForeign(message) {
			t.foreign++
		} else {
			t.received = append(t.received, message)
		}
	}
	return t.report(), nil
}

// wanted are the messages of a run that reach a consumer, those of other topics left out.
func wanted(r request) []Message {
	var messages []Message
	for index := r.From; index < r.From+r.Count; index++ {
		if r.Only == nil || hasPrefix(r.Stream.topic(index), r.Only) {
			messages = append(messages, r.Stream.message(index))
		}
	}
	return messages
}

func hasPrefix(topic string, prefixes []string) bool {
	for _, prefix := range prefixes {
		if strings.HasPrefix(topic, prefix) {
			return true
		}
	}
	return false
}

// collect takes as many bytes as the run has; what a STREAM tells of connections has none.
func collect(socket opened, expected []Message) report {
	var whole, got []byte
	for _, message := range expected {
		whole = append(whole, bytes.Join(message, nil)...)
	}
	t := tally{expected: []Message{{whole}}}
	chunks := 0
	for t.begin(); len(got) < len(whole); chunks++ {
		message, err := socket.Receive()
		if err != nil {
			t.stop = err
			break
		}
		got = append(got, message[len(message)-1]...)
	}
	t.received = []Message{{got}}
	report := t.report()
	report.Count, report.Parts = len(expected), chunks
	if report.Fault != "" {
		report.Count = 0
	}
	return report
}

// ask sends each request and receives its reply.
func ask(socket opened, r request) (any, error) {
	to, err := decode(r.To)
	if err != nil {
		return nil, err
	}
	t := tally{expected: r.Replies.messages(r.From, r.Count)}
	requests := r.Stream.messages(r.From, r.Count)
	t.begin()
	for i := 0; !t.isComplete(); i++ {
		reply, err := exchange(socket, join(to, requests[i]), i == 0 && len(to) > 0)
		if err != nil {
			t.stop = err
			break
		}
		_, message := split(reply, len(to))
		t.received = append(t.received, message)
	}
	return t.report(), nil
}

// exchange sends again, if it should, while a ROUTER does not know the peer that it addresses: nothing tells when it
// does.
func exchange(socket opened, request Message, retry bool) (Message, error) {
	err := socket.Send(request)
	for retry && ErrUnreachable.Is(err) {
		time.Sleep(time.Millisecond)
		err = socket.Send(request)
	}
	if err != nil {
		return nil, err
	}
	return socket.Receive()
}

// serve answers each request with the message of the reply stream, and a foreign one with an empty part.
func serve(socket opened, r request) (any, error) {
	t := tally{expected: r.Stream.messages(r.From, r.Count)}
	replies := r.Replies.messages(r.From, r.Count)
	for !t.isComplete() {
		whole, err := socket.Receive()
		if err != nil {
			t.stop = err
			break
		}
		t.begin()
		head, message := split(whole, r.Envelope)
		reply := Message{{}}
		if r.Stream.isForeign(message) {
			t.foreign++
		} else {
			reply = replies[len(t.received)]
			t.received = append(t.received, message)
		}
		t.stop = socket.Send(join(head, reply))
	}
	return t.report(), nil
}

func split(whole Message, envelope int) (head, message Message) {
	envelope = min(envelope, len(whole))
	return whole[:envelope], whole[envelope:]
}

func join(head, message Message) Message {
	return append(append(Message{}, head...), message...)
}
