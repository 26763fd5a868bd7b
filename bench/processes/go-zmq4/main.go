// One end of a flow on go-zeromq/zmq4, in a process of its own; control.ts tells the lines that it speaks. It sends and
// receives by the plain calls with default options, and checks what the other sides check.
package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"strings"
	"syscall"

	zmq "github.com/go-zeromq/zmq4"
)

type role struct {
	open func(context.Context, ...zmq.Option) zmq.Socket
	play func(socket zmq.Socket, run run) ([]int64, error)
}

var roles = map[string]role{
	"push": {zmq.NewPush, push}, "pull": {zmq.NewPull, pull},
	"request": {zmq.NewReq, request}, "reply": {zmq.NewRep, reply},
}

func main() {
	role, ok := roles[os.Args[1]]
	if !ok {
		fmt.Fprintln(os.Stderr, "no such end:", os.Args[1])
		os.Exit(2)
	}
	socket := role.open(context.Background())
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		if err := obey(role, socket, lines.Text()); err != nil {
			fmt.Println("error", err)
			os.Exit(1)
		}
	}
}

func obey(role role, socket zmq.Socket, line string) error {
	command, rest, _ := strings.Cut(line, " ")
	switch command {
	case "bind":
		if err := socket.Listen(rest); err != nil {
			return err
		}
		fmt.Printf("endpoint tcp://%v\n", socket.Addr())
	case "connect":
		if err := socket.Dial(rest); err != nil {
			return err
		}
		fmt.Println("connected")
	case "run":
		var size, count int
		var check string
		if _, err := fmt.Sscan(rest, &size, &count, &check); err != nil {
			return err
		}
		run := run{ringOf(size), count, check == "all"}
		fmt.Println("ready")
		said, err := role.play(socket, run)
		if err != nil {
			return err
		}
		// A slice is printed as "[1 2]".
		fmt.Println(strings.TrimSpace("done " + strings.Trim(fmt.Sprint(said), "[]")))
	case "cpu":
		var used syscall.Rusage
		if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
			return err
		}
		fmt.Println("cpu", (used.Utime.Nano()+used.Stime.Nano())/1000)
	default:
		return fmt.Errorf("unknown command: %s", line)
	}
	return nil
}
