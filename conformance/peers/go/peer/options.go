package peer

import (
	"sync"
	"time"
)

// Options are a socket's options, by the names of the native package.
type Options map[string]any

// Number is a numeric option's value; a boolean counts as 0 or 1.
func Number(value any) int {
	switch value := value.(type) {
	case float64:
		return int(value)
	case bool:
		if value {
			return 1
		}
	}
	return 0
}

// Text is a string option's value.
func Text(value any) string {
	text, _ := value.(string)
	return text
}

// Milliseconds is a duration option's value; -1 stays negative.
func Milliseconds(value any) time.Duration {
	return time.Duration(Number(value)) * time.Millisecond
}

const forever = -1

// Timeouts are the options sendTimeout and receiveTimeout: negative for no end.
type Timeouts struct{ Send, Receive time.Duration }

// TakeTimeouts separates them from the other options.
func TakeTimeouts(options Options) (Timeouts, Options) {
	timeouts := Timeouts{forever, forever}
	others := Options{}
	for name, value := range options {
		switch name {
		case "sendTimeout":
			timeouts.Send = Milliseconds(value)
		case "receiveTimeout":
			timeouts.Receive = Milliseconds(value)
		default:
			others[name] = value
		}
	}
	return timeouts, others
}

// Deadline is when a timeout that begins now ends; nil for never.
func Deadline(timeout time.Duration) <-chan time.Time {
	if timeout < 0 {
		return nil
	}
	return time.After(timeout)
}

// Turns lets several goroutines use a socket that only one may use at a time: each has its turn for a Slice.
type Turns struct {
	mutex  sync.Mutex
	closed bool
}

// Slice is how long a socket may wait within one turn.
const Slice = 5 * time.Millisecond

// Do takes one turn.
func (t *Turns) Do(attempt func() error) error {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	if t.closed {
		return ErrClosed
	}
	return attempt()
}

// Until takes turns until one ends with another result than ErrAgain, or the time is up.
func (t *Turns) Until(timeout time.Duration, attempt func() error) error {
	deadline := Deadline(timeout)
	for {
		err := t.Do(attempt)
		if err == nil || !ErrAgain.Is(err) {
			return err
		}
		select {
		case <-deadline:
			return err
		default:
		}
	}
}

// Close takes the last turn.
func (t *Turns) Close(last func() error) error {
	return t.Do(func() error {
		t.closed = true
		return last()
	})
}
