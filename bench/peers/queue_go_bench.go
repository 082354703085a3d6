// Go: a channel, which always has a bound.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"runtime"
	"sort"
	"strings"
	"sync"
	"time"
)

const bound = 1024

func require(held bool, what string) {
	if !held {
		fmt.Fprintln(os.Stderr, "bench: "+what)
		os.Exit(2)
	}
}

func flow(q chan int64, putters, getters, n int) {
	var all sync.WaitGroup
	var lock sync.Mutex
	var sum int64
	each := int64(n / putters)
	all.Add(putters + getters)
	for p := 0; p < putters; p++ {
		go func() {
			for i := int64(1); i <= each; i++ {
				q <- i
			}
			all.Done()
		}()
	}
	for g := 0; g < getters; g++ {
		go func() {
			var mine int64
			for i := 0; i < n/getters; i++ {
				mine += <-q
			}
			lock.Lock()
			sum += mine
			lock.Unlock()
			all.Done()
		}()
	}
	all.Wait()
	require(sum == int64(putters)*(each*(each+1)/2), "an item was lost, or came twice")
}

func alone(q chan int64, n int) {
	for i := 0; i < n; i++ {
		q <- 1
		<-q
	}
}

func ordered(times []float64) map[string]float64 {
	sort.Float64s(times)
	return map[string]float64{"ns": times[len(times)/2], "p99": times[len(times)-1-len(times)/100]}
}

// From before an item is put until a getter that slept has it.
func handover(shrink int) map[string]float64 {
	q := make(chan time.Time, bound)
	times := make([]float64, 2+200/shrink)
	done := make(chan bool)
	go func() {
		for i := range times {
			times[i] = float64(time.Since(<-q).Nanoseconds())
		}
		close(done)
	}()
	for range times {
		time.Sleep(2 * time.Millisecond)
		q <- time.Now()
	}
	<-done
	return ordered(times)
}

// Two channels, and a goroutine that sends back what comes.
func trips(name string, shrink int) map[string]float64 {
	there, back := make(chan int64, bound), make(chan int64, bound)
	go func() {
		for n := range there {
			back <- n
		}
	}()
	defer close(there)
	trip := func() {
		there <- 1
		<-back
	}
	if name == "queue_trip_asleep" {
		times := make([]float64, 2+200/shrink)
		for i := range times {
			time.Sleep(2 * time.Millisecond)
			begin := time.Now()
			trip()
			times[i] = float64(time.Since(begin).Nanoseconds())
		}
		return ordered(times)
	}
	n := tasks(40_000, shrink)
	return timed(n, func() {
		for i := 0; i < n; i++ {
			trip()
		}
	})
}

func timed(n int, run func()) map[string]float64 {
	run() // to warm up
	begin := time.Now()
	run()
	return map[string]float64{"ns": float64(time.Since(begin).Nanoseconds()) / float64(n)}
}

func tasks(usual, shrink int) int {
	n := usual / shrink / 4
	if n < 1 {
		n = 1
	}
	return 4 * n
}

func measure(name string, shrink int) map[string]float64 {
	if name == "queue_handover" {
		return handover(shrink)
	}
	if strings.HasPrefix(name, "queue_trip") {
		return trips(name, shrink)
	}
	q, n := make(chan int64, bound), tasks(400_000, shrink)
	switch name {
	case "queue_alone":
		return timed(n, func() { alone(q, n) })
	case "queue_1_1_bounded":
		return timed(n, func() { flow(q, 1, 1, n) })
	case "queue_4_4_bounded":
		return timed(n, func() { flow(q, 4, 4, n) })
	}
	return nil
}

func main() {
	name := os.Args[1]
	options := flag.NewFlagSet(name, flag.ExitOnError)
	shrink := options.Int("shrink", 1, "so many times fewer tasks")
	workers := options.Int("workers", 2, "processors at once")
	options.Parse(os.Args[2:])
	runtime.GOMAXPROCS(*workers)
	if found := measure(name, *shrink); found != nil {
		json.NewEncoder(os.Stdout).Encode(found)
	} else {
		fmt.Println(`{"absent": "a channel has a bound"}`)
	}
}
