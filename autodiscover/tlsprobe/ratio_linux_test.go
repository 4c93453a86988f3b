package tlsprobe_test

import (
	"bufio"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/pprof"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"exprobe/autodiscover/tlsprobe"
)

// TestRatios measures Probe against bare loops over the same listeners, which run in
// a process of their own, as does each measurement. It runs where EXPROBE_BENCH holds
// the numbers of hosts, such as "1,100,1000,5000"; EXPROBE_BENCH_PROFILE names a
// folder for profiles. What it prints are ratios: they travel, absolutes do not.
//
// The loops: (i) crypto/tls with its own verification, (ii) the same stopped at the
// certificates, (iii) a hello by hand up to the certificates, and that with each
// distinct chain verified, which is what a judgement needs at the least.
func TestRatios(t *testing.T) {
	if role := os.Getenv("EXPROBE_BENCH_ROLE"); role != "" {
		t.Skip("this is a child")
	}
	wanted := os.Getenv("EXPROBE_BENCH")
	if wanted == "" {
		t.Skip("EXPROBE_BENCH holds no numbers of hosts")
	}
	for _, flavour := range []string{"ecdsa", "rsa", "ecdsa-50ms", "canned"} {
		if only := os.Getenv("EXPROBE_BENCH_ONLY"); only != "" && only != flavour {
			continue
		}
		for number := range strings.SplitSeq(wanted, ",") {
			n, err := strconv.Atoi(strings.TrimSpace(number))
			if err != nil {
				t.Fatal(err)
			}
			measureAll(t, flavour, n)
		}
	}
}

// measured is what one run took.
type measured struct {
	Wall, CPU time.Duration
	Peak      int // KiB
}

var loops = map[string]func(bench, int) error{
	"probe": probeLoop(tlsprobe.ModeFull), "probe-hello": probeLoop(tlsprobe.ModeHello),
	"i": floorFull, "ii": floorStopped, "iii": floorHello(false), "iii-verified": floorHello(true),
}

func measureAll(t *testing.T, flavour string, n int) {
	t.Helper()
	dir := t.TempDir()
	server := child(t, "EXPROBE_BENCH_ROLE=server", "EXPROBE_BENCH_FLAVOUR="+flavour, "EXPROBE_BENCH_N="+strconv.Itoa(n), "EXPROBE_BENCH_DIR="+dir)
	defer server.stop()
	if line := server.line(t); line != "ready" {
		t.Fatalf("the server says %q", line)
	}
	pairs := [][]string{{"probe", "i", "ii"}, {"probe-hello", "iii", "iii-verified"}}
	if flavour == "canned" {
		pairs = pairs[1:]
	}
	for _, names := range pairs {
		medians := map[string]measured{}
		for _, name := range names {
			concurrencies := []int{16, 64, 256, 1024}
			if strings.HasPrefix(name, "probe") {
				concurrencies = []int{0} // its own default
			}
			for _, concurrency := range concurrencies {
				if concurrency > 16 && concurrency/4 >= n {
					continue
				}
				m := repeat(t, dir, name, concurrency)
				if best, ok := medians[name]; !ok || m.Wall < best.Wall {
					medians[name] = m
				}
			}
		}
		own := medians[names[0]]
		for _, name := range names {
			m := medians[name]
			t.Logf("%-10s %5d %-12s wall %8.1f ms  cpu %8.1f ms  peak %6.1f MiB   %s is %.2f in wall and %.2f in cpu of it", flavour, n, name,
				m.Wall.Seconds()*1000, m.CPU.Seconds()*1000, float64(m.Peak)/1024, names[0], own.Wall.Seconds()/m.Wall.Seconds(), own.CPU.Seconds()/m.CPU.Seconds())
		}
	}
}

// repeat is the median of five runs, each in a process of its own.
func repeat(t *testing.T, dir, name string, concurrency int) measured {
	t.Helper()
	var runs []measured
	for i := range 5 {
		env := []string{"EXPROBE_BENCH_ROLE=" + name, "EXPROBE_BENCH_DIR=" + dir, "EXPROBE_BENCH_C=" + strconv.Itoa(concurrency)}
		if folder := os.Getenv("EXPROBE_BENCH_PROFILE"); folder != "" && i == 0 {
			env = append(env, "EXPROBE_BENCH_PPROF="+filepath.Join(folder, name+".pprof"))
		}
		client := child(t, env...)
		var m measured
		if err := json.Unmarshal([]byte(client.line(t)), &m); err != nil {
			t.Fatal(err)
		}
		client.stop()
		runs = append(runs, m)
	}
	slices.SortFunc(runs, func(a, b measured) int { return int(a.Wall - b.Wall) })
	return runs[len(runs)/2]
}

type process struct {
	cmd *exec.Cmd
	in  io.WriteCloser
	out *bufio.Reader
}

func child(t *testing.T, env ...string) process {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run", "^TestBenchChild$", "-test.timeout", "30m")
	cmd.Env = append(os.Environ(), env...)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return process{cmd, in, bufio.NewReader(out)}
}

func (p process) line(t *testing.T) string {
	t.Helper()
	line, err := p.out.ReadString('\n')
	if err != nil {
		t.Fatalf("a child ended: %v %q", err, line)
	}
	return strings.TrimSpace(line)
}

// stop ends a child by closing what it reads.
func (p process) stop() {
	p.in.Close()
	io.Copy(io.Discard, p.out)
	p.cmd.Wait()
}

// TestBenchChild is a server or one measurement of TestRatios.
func TestBenchChild(t *testing.T) {
	role := os.Getenv("EXPROBE_BENCH_ROLE")
	switch {
	case role == "":
		t.Skip("this is a part of TestRatios")
	case role == "server":
		n, _ := strconv.Atoi(os.Getenv("EXPROBE_BENCH_N"))
		serveMany(t, os.Getenv("EXPROBE_BENCH_FLAVOUR"), n, os.Getenv("EXPROBE_BENCH_DIR"))
		fmt.Println("ready")
		io.Copy(io.Discard, os.Stdin)
		return
	}
	b := readBench(t, os.Getenv("EXPROBE_BENCH_DIR"))
	concurrency, _ := strconv.Atoi(os.Getenv("EXPROBE_BENCH_C"))
	if file := os.Getenv("EXPROBE_BENCH_PPROF"); file != "" {
		f, err := os.Create(file)
		if err != nil {
			t.Fatal(err)
		}
		if err := pprof.StartCPUProfile(f); err != nil {
			t.Fatal(err)
		}
		defer pprof.StopCPUProfile()
	}
	cpu, start := cpuTime(t), time.Now()
	if err := loops[role](b, concurrency); err != nil {
		t.Fatal(err)
	}
	m := measured{Wall: time.Since(start), CPU: cpuTime(t) - cpu, Peak: peak(t)}
	line, _ := json.Marshal(m)
	fmt.Println(string(line))
}

func cpuTime(t *testing.T) time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		t.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// peak is the most memory that this process had, in KiB.
func peak(t *testing.T) int {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(status)) {
		if fields := strings.Fields(line); len(fields) > 1 && fields[0] == "VmHWM:" {
			n, _ := strconv.Atoi(fields[1])
			return n
		}
	}
	return 0
}

// bench is where the listeners are and what to trust.
type bench struct {
	addresses []string
	roots     *x509.CertPool
}

func (b bench) name(i int) string { return fmt.Sprintf("host%d.contoso.com", i) }

func readBench(t *testing.T, dir string) bench {
	b := bench{roots: x509.NewCertPool()}
	root, err := os.ReadFile(filepath.Join(dir, "root.pem"))
	if err != nil {
		t.Fatal(err)
	}
	b.roots.AppendCertsFromPEM(root)
	list, err := os.ReadFile(filepath.Join(dir, "addresses"))
	if err != nil {
		t.Fatal(err)
	}
	b.addresses = strings.Fields(string(list))
	return b
}

// serveMany starts the listeners of one flavour, each with a chain of its own; those
// that replay a flight replay the same.
func serveMany(t *testing.T, flavour string, n int, dir string) {
	t.Helper()
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	key := func() crypto.Signer {
		if strings.HasPrefix(flavour, "rsa") {
			return rsaKey
		}
		k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	root := mint(t, "Bench Root CA", nil, key(), nil)
	issuing := mint(t, "Bench Issuing CA", root, key(), nil)
	var addresses strings.Builder
	var canned []byte
	for i := range n {
		name := bench{}.name(i)
		k := key()
		c := mint(t, name, issuing, k, func(c *x509.Certificate) {
			c.IsCA, c.DNSNames, c.SerialNumber = false, []string{name}, big.NewInt(int64(i+2))
		})
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintln(&addresses, listener.Addr())
		config := &tls.Config{SessionTicketsDisabled: true, Certificates: []tls.Certificate{{Certificate: [][]byte{c.Raw, issuing.Raw}, PrivateKey: k}}}
		if canned == nil {
			canned = flightOf(tls.VersionTLS12, tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, c.Raw, issuing.Raw)
		}
		go func() {
			for {
				conn, err := listener.Accept()
				if err != nil {
					return
				}
				go func() {
					defer conn.Close()
					switch {
					case flavour == "canned":
						conn.Read(make([]byte, 1024))
						conn.Write(canned)
						conn.Read(make([]byte, 16))
					case strings.HasSuffix(flavour, "-50ms"):
						speak(&slow{Conn: conn}, config)
					default:
						speak(conn, config)
					}
				}()
			}
		}()
	}
	for file, text := range map[string][]byte{"addresses": []byte(addresses.String()),
		"root.pem": pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: root.Raw})} {
		if err := os.WriteFile(filepath.Join(dir, file), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// slow waits 50 ms before each flight: a write that follows a read.
type slow struct {
	net.Conn
	heard bool
}

func (s *slow) Read(b []byte) (int, error) {
	s.heard = true
	return s.Conn.Read(b)
}

func (s *slow) Write(b []byte) (int, error) {
	if s.heard {
		time.Sleep(50 * time.Millisecond)
		s.heard = false
	}
	return s.Conn.Write(b)
}

func probeLoop(mode tlsprobe.Mode) func(bench, int) error {
	return func(b bench, concurrency int) error {
		list := make([]tlsprobe.Target, len(b.addresses))
		where := make(map[string][]string, len(b.addresses))
		for i, address := range b.addresses {
			list[i] = tlsprobe.Target{Name: b.name(i), Port: 443}
			where[b.name(i)] = []string{address}
		}
		hosts := tlsprobe.Probe(context.Background(), list, tlsprobe.Options{Roots: b.roots, At: at, Probe: mode, Depth: tlsprobe.DepthChain, Concurrency: concurrency,
			Resolve: func(_ context.Context, host string, _ int) ([]string, error) { return where[host], nil }})
		for _, h := range hosts {
			if s := h.Addresses.Value[0].Served; !s.Value.Trust.Value.Trusted || len(s.Value.Leaf().CommonNames) != 1 {
				return fmt.Errorf("%s: %+v", h.Name, s)
			}
		}
		return nil
	}
}

// crowd does n jobs with so many workers.
func crowd(n, workers int, job func(int) error) error {
	next := make(chan int)
	failed := make(chan error, workers)
	var work sync.WaitGroup
	for range workers {
		work.Go(func() {
			for i := range next {
				if err := job(i); err != nil {
					failed <- fmt.Errorf("host %d: %w", i, err)
					return
				}
			}
		})
	}
	var err error
	for i := range n {
		select {
		case next <- i:
		case err = <-failed:
			return err
		}
	}
	close(next)
	work.Wait()
	select {
	case err = <-failed:
	default:
	}
	return err
}

var floorCurves = []tls.CurveID{tls.X25519, tls.CurveP256}

func floorFull(b bench, concurrency int) error {
	return crowd(len(b.addresses), concurrency, func(i int) error {
		conn, err := net.Dial("tcp", b.addresses[i])
		if err != nil {
			return err
		}
		defer conn.Close()
		client := tls.Client(conn, &tls.Config{ServerName: b.name(i), RootCAs: b.roots, Time: func() time.Time { return at }, CurvePreferences: floorCurves})
		return client.Handshake()
	})
}

func floorStopped(b bench, concurrency int) error {
	enough := errors.New("enough")
	return crowd(len(b.addresses), concurrency, func(i int) error {
		conn, err := net.Dial("tcp", b.addresses[i])
		if err != nil {
			return err
		}
		defer conn.Close()
		client := tls.Client(conn, &tls.Config{ServerName: b.name(i), InsecureSkipVerify: true, CurvePreferences: floorCurves,
			VerifyPeerCertificate: func([][]byte, [][]*x509.Certificate) error { return enough }})
		if err := client.Handshake(); !errors.Is(err, enough) {
			return err
		}
		return nil
	})
}

// floorHello is a hello by hand: the same bytes but for the name, and the leanest
// reading of what comes back.
func floorHello(verify bool) func(bench, int) error {
	return func(b bench, concurrency int) error {
		return crowd(len(b.addresses), concurrency, func(i int) error {
			conn, err := net.Dial("tcp", b.addresses[i])
			if err != nil {
				return err
			}
			defer conn.Close()
			if _, err := conn.Write(leanHello(b.name(i))); err != nil {
				return err
			}
			chain, err := leanFlight(conn)
			if err != nil || !verify {
				return err
			}
			leaf, err := x509.ParseCertificate(chain[0])
			if err != nil {
				return err
			}
			above, err := x509.ParseCertificate(chain[1])
			if err != nil {
				return err
			}
			pool := x509.NewCertPool()
			pool.AddCert(above)
			_, err = leaf.Verify(x509.VerifyOptions{Roots: b.roots, Intermediates: pool, CurrentTime: at})
			return err
		})
	}
}

func leanHello(name string) []byte {
	u16 := func(n int) []byte { return []byte{byte(n >> 8), byte(n)} }
	extensions := slices.Concat([]byte{0, 0}, u16(len(name)+5), u16(len(name)+3), []byte{0}, u16(len(name)), []byte(name),
		[]byte{0, 10, 0, 6, 0, 4, 0, 29, 0, 23, 0, 11, 0, 2, 1, 0, 0, 13, 0, 8, 0, 6, 8, 4, 4, 3, 4, 1})
	body := slices.Concat([]byte{3, 3}, make([]byte, 32), []byte{0, 0, 6, 0xc0, 0x2b, 0xc0, 0x2f, 0, 0x9c, 1, 0}, u16(len(extensions)), extensions)
	rand.Read(body[2:34])
	return slices.Concat([]byte{22, 3, 1}, u16(len(body)+4), []byte{1, 0}, u16(len(body)), body)
}

func leanFlight(conn net.Conn) (chain [][]byte, err error) {
	buffer := make([]byte, 8<<10)
	filled := 0
	for filled < len(buffer) {
		n, err := conn.Read(buffer[filled:])
		if err != nil {
			return nil, err
		}
		filled += n
		var messages []byte
		for in := buffer[:filled]; len(in) >= 5 && in[0] == 22; {
			length := 5 + int(in[3])<<8 + int(in[4])
			if len(in) < length {
				break
			}
			messages = append(messages, in[5:length]...)
			in = in[length:]
		}
		for len(messages) >= 4 {
			length := 4 + int(messages[1])<<16 + int(messages[2])<<8 + int(messages[3])
			if len(messages) < length {
				break
			}
			if messages[0] == 11 {
				for list := messages[7:length]; len(list) > 3; {
					size := 3 + int(list[0])<<16 + int(list[1])<<8 + int(list[2])
					chain = append(chain, list[3:size])
					list = list[size:]
				}
				return chain, nil
			}
			messages = messages[length:]
		}
	}
	return nil, errors.New("the flight is too long")
}
