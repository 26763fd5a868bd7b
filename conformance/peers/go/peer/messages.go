package peer

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
)

// Message is the parts of a message.
type Message = [][]byte

// Stream is a stream of messages, made from a seed as README.md tells: message `index` is the same in every process.
type Stream struct {
	Seed       uint32   `json:"seed"`
	LargeEvery int      `json:"largeEvery"`
	Topics     []string `json:"topics"`
	Single     bool     `json:"single"`
}

const mebibyte = 1 << 20

var borders = [...]uint32{254, 255, 256, 257, 65_534, 65_535, 65_536, 65_537}

// random is Marsaglia's xorshift32.
type random uint32

func (r *random) next() uint32 {
	h := uint32(*r)
	h ^= h << 13
	h ^= h >> 17
	h ^= h << 5
	*r = random(h)
	return h
}

func (r *random) below(limit uint32) uint32 {
	return r.next() % limit
}

func (r *random) bytes(length uint32) []byte {
	words := make([]byte, (length+3)/4*4)
	for i := 0; i < len(words); i += 4 {
		binary.LittleEndian.PutUint32(words[i:], r.next())
	}
	return words[:length]
}

func (r *random) partLength() uint32 {
	switch dice := r.below(100); {
	case dice < 10:
		return 0
	case dice < 80:
		return r.below(64)
	case dice < 95:
		return r.below(1024)
	case dice < 99:
		return borders[r.below(4)]
	default:
		return borders[4+r.below(4)]
	}
}

func firstState(seed, index uint32) random {
	h := seed + (index+1)*0x9E3779B9
	h = (h ^ h>>16) * 0x85EBCA6B
	h = (h ^ h>>13) * 0xC2B2AE35
	h ^= h >> 16
	if h == 0 {
		return 1
	}
	return random(h)
}

// topic is the topic of a message; "" where the stream has none.
func (s Stream) topic(index int) string {
	if len(s.Topics) == 0 {
		return ""
	}
	return s.Topics[index%len(s.Topics)]
}

func (s Stream) message(index int) Message {
	r := firstState(s.Seed, uint32(index))
	large := s.LargeEvery > 0 && (index+1)%s.LargeEvery == 0
	parts := make(Message, 1+r.below(4))
	for i := range parts {
		if large && i == 0 {
			parts[i] = r.bytes(mebibyte + r.below(4*mebibyte))
		} else {
			parts[i] = r.bytes(r.partLength())
		}
	}
	if s.Single {
		parts = Message{bytes.Join(parts, nil)}
	}
	if len(s.Topics) > 0 {
		parts = append(Message{[]byte(s.topic(index))}, parts...)
	}
	return parts
}

func (s Stream) messages(from, count int) []Message {
	messages := make([]Message, count)
	for i := range messages {
		messages[i] = s.message(from + i)
	}
	return messages
}

// isForeign tells a message that belongs to none of the stream's topics.
func (s Stream) isForeign(message Message) bool {
	for _, topic := range s.Topics {
		if len(message) > 0 && string(message[0]) == topic {
			return false
		}
	}
	return len(s.Topics) > 0
}

func (s Stream) digest(from, count int) string {
	hash := sha256.New()
	word := func(value int) { binary.Write(hash, binary.BigEndian, uint32(value)) }
	for index := from; index < from+count; index++ {
		parts := s.message(index)
		word(len(parts))
		for _, part := range parts {
			word(len(part))
			hash.Write(part)
		}
	}
	return hex.EncodeToString(hash.Sum(nil))
}

// difference says what is wrong with a received message; "" when it is the expected one.
func difference(received, expected Message) string {
	if len(received) != len(expected) {
		return fmt.Sprintf("has %d parts, not %d", len(received), len(expected))
	}
	for i, should := range expected {
		if was := received[i]; len(was) != len(should) {
			return fmt.Sprintf("part %d has %d bytes, not %d", i, len(was), len(should))
		} else if !bytes.Equal(was, should) {
			return fmt.Sprintf("part %d (%d bytes) has other bytes", i, len(should))
		}
	}
	return ""
}
