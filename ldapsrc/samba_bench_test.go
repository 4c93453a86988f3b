package ldapsrc

import (
	"bytes"
	"context"
	"crypto/x509"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"exprobe/ldapsrc/sambatest"
)

// What the benchmark hands to the process that it measures.
const (
	envReading  = "EXPROBE_BENCH_READING" // what to read: one of readings
	envURL      = "EXPROBE_BENCH_URL"
	envUser     = "EXPROBE_BENCH_USER"
	envPassword = "EXPROBE_BENCH_PASSWORD"
	envCAFile   = "EXPROBE_BENCH_CA"
)

// crowd is how many virtual directories are read, and rounds how often.
const (
	crowd  = 3000
	rounds = 15
)

// readings are what the measured process does; each returns how many virtual directories it read.
var readings = map[string]func(context.Context, Options) (int, error){
	"directories": readDirectoriesAlone,
	"everything": func(ctx context.Context, o Options) (int, error) {
		org, err := Read(ctx, o)
		return len(org.VirtualDirectories.Value), err
	},
}

// readDirectoriesAlone does what Read does, with the virtual directories for the only section.
func readDirectoriesAlone(ctx context.Context, o Options) (int, error) {
	server, err := parseURL(o.URLs[0])
	if err != nil {
		return 0, err
	}
	s, err := connect(ctx, o, server)
	if err != nil {
		return 0, err
	}
	defer s.close()
	root, err := readRootDSE(ctx, s)
	if err != nil {
		return 0, err
	}
	if err := s.bind(ctx, o); err != nil {
		return 0, err
	}
	s.wire.bound()
	f := &forest{directory: s, root: root, orgDN: "CN=Contoso,CN=Microsoft Exchange,CN=Services," + root.configuration}
	f.layout = f.readLayout(ctx, f.readMachines(ctx))
	directories := readVirtualDirectories(ctx, f)
	if !directories.Known {
		return 0, errors.New(directories.Why)
	}
	return len(directories.Value), nil
}

// TestBenchmarkedReading is the process that TestSpeed measures.
func TestBenchmarkedReading(t *testing.T) {
	read := readings[os.Getenv(envReading)]
	if read == nil {
		t.Skip("it runs inside TestSpeed")
	}
	ca, err := os.ReadFile(os.Getenv(envCAFile))
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(ca)
	n, err := read(t.Context(), Options{
		URLs: []string{os.Getenv(envURL)}, User: os.Getenv(envUser), Password: os.Getenv(envPassword), Roots: roots,
	})
	if err != nil || n < crowd {
		t.Fatalf("read %d virtual directories: %v", n, err)
	}
}

// run is what one process took.
type run struct{ wall, cpu time.Duration }

// TestSpeed reads the same objects with ldapsearch and with the code of this package,
// each in a process of its own, in turns.
func TestSpeed(t *testing.T) {
	if os.Getenv("EXPROBE_BENCH") != "1" {
		t.Skip("it measures, and runs where EXPROBE_BENCH=1")
	}
	ldapsearch, err := exec.LookPath("ldapsearch")
	if err != nil {
		t.Skip("there is no ldapsearch (Debian's package ldap-utils)")
	}
	c := sambatest.Start(t, sambatest.Options{})
	if _, err := c.Crowd(crowd); err != nil {
		t.Fatal(err)
	}
	own, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	password := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(password, []byte(c.Alice.Password), 0o600); err != nil {
		t.Fatal(err)
	}
	filter := "(|(objectClass=" + classRPC + ")"
	for _, k := range services {
		filter += "(objectClass=" + k.class + ")"
	}
	environment := append(os.Environ(), "LDAPTLS_CACERT="+c.CAFile, envURL+"=ldaps://"+c.Address,
		envUser+"="+c.Alice.User, envPassword+"="+c.Alice.Password, envCAFile+"="+c.CAFile)
	// Both go to the address: the controller's name is in no DNS.
	search := append([]string{ldapsearch, "-LLL", "-x", "-H", "ldaps://" + c.Address, "-D", c.Alice.User, "-y", password,
		"-E", "pr=1000/noprompt", "-b", "CN=Administrative Groups," + c.OrgDN, "-s", "sub", filter + ")"},
		asking(attrExternalHost, attrInternalHost, attrExternalAuth, attrIISAuth, attrInternalAuth, attrRPCFlags, attrMetabasePath)...)
	if profile := os.Getenv("EXPROBE_BENCH_PROFILE"); profile != "" {
		cmd := exec.Command(own, "-test.run=^TestBenchmarkedReading$", "-test.count=10", "-test.cpuprofile="+profile)
		cmd.Env = append(environment, envReading+"=directories")
		if output, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("profiling: %v\n%s", err, output)
		}
	}
	contenders := []struct {
		name      string
		arguments []string
		reading   string
	}{
		{"ldapsearch", search, ""},
		{"exprobe, the same objects", []string{own, "-test.run=^TestBenchmarkedReading$", "-test.count=1"}, "directories"},
		{"exprobe, the whole organization", []string{own, "-test.run=^TestBenchmarkedReading$", "-test.count=1"}, "everything"},
	}

	runs := make([][]run, len(contenders))
	for round := range rounds + 1 {
		for i, contender := range contenders {
			cmd := exec.Command(contender.arguments[0], contender.arguments[1:]...)
			cmd.Env = append(environment, envReading+"="+contender.reading)
			var output bytes.Buffer
			cmd.Stdout, cmd.Stderr = &output, &output
			begin := time.Now()
			err := cmd.Run()
			took := run{time.Since(begin), cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()}
			if err != nil {
				t.Fatalf("%s: %v\n%s", contender.name, err, output.Bytes())
			}
			if n := strings.Count(output.String(), "dn: "); contender.reading == "" && n < crowd {
				t.Fatalf("%s found %d objects", contender.name, n)
			}
			if round > 0 { // the first warms up
				runs[i] = append(runs[i], took)
			}
		}
	}
	of := func(i int, what func(run) time.Duration) time.Duration {
		var all []time.Duration
		for _, r := range runs[i] {
			all = append(all, what(r))
		}
		slices.Sort(all)
		return all[len(all)/2]
	}
	wall, cpu := func(r run) time.Duration { return r.wall }, func(r run) time.Duration { return r.cpu }
	t.Logf("%d virtual directories over LDAPS, pages of %d, medians of %d runs in turns", crowd, pageSize, rounds)
	for i, contender := range contenders {
		t.Logf("%-32s wall %7v (%.2f)  client CPU %7v (%.2f)", contender.name,
			of(i, wall).Round(time.Millisecond), float64(of(i, wall))/float64(of(0, wall)),
			of(i, cpu).Round(time.Millisecond), float64(of(i, cpu))/float64(of(0, cpu)))
	}
}
