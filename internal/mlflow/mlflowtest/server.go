// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package mlflowtest

import (
	"encoding/pem"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"time"
)

// Options select the kind of server. The zero value is MLflow 3.17.2 on HTTP without accounts.
type Options struct {
	// Version is Version3 (default) or Version2.
	Version string
	// PathPrefix is --static-prefix: the base of every path.
	PathPrefix string
	// AllowedHosts is --allowed-hosts: patterns for the Host header with its port, which
	// replace the default list. Nil allows loopback and private addresses.
	AllowedHosts []string
	// Workspaces is --enable-workspaces.
	Workspaces bool
	// Accounts are the accounts by user name; nil turns basic authentication off.
	Accounts map[string]Account
	// BearerToken is the token that a proxy in front of MLflow requires; empty requires
	// none. With Accounts, either is enough.
	BearerToken string
	// TLS serves HTTPS with a self-signed certificate: see Server.CertificatePEM.
	TLS bool
	// Clock returns the time of timestamps; nil is the real time.
	Clock func() time.Time
}

// Account is one user of the basic-auth app.
type Account struct {
	Password string
	// Admin has every permission.
	Admin bool
	// Permission is the level for every object; the zero value allows nothing.
	Permission Permission
}

// Permission is a level of MLflow's basic-auth app.
type Permission int

// The levels. Each includes the rights of those before it.
const (
	PermissionNone Permission = iota
	PermissionRead
	PermissionUse
	PermissionEdit
	PermissionManage
)

// The versions whose behavior was measured.
const (
	Version3 = "3.17.2"
	Version2 = "2.22.5"
)

// dialect holds the differences between MLflow versions.
type dialect struct {
	version string
	// classifiedErrors adds sqlstate and error_class to error bodies.
	classifiedErrors bool
	// keepAlive keeps connections open.
	keepAlive bool
	// hostCheck checks the Host and Origin headers.
	hostCheck bool
	// serverInfo adds server-info and workspaces.
	serverInfo bool
	// loggedModels adds logged models.
	loggedModels bool
	// ownedSources requires that a version's source belongs to its run or logged model.
	ownedSources bool
	// danglingAliases keeps an alias whose version is deleted.
	danglingAliases bool
	// latestAlias lets clients read the alias latest.
	latestAlias bool
	// strictNames validates model names.
	strictNames bool
	// nameIn supports name IN (…) in searches of models and versions.
	nameIn bool
	// lenientLists accepts double quotes and any run id in lists.
	lenientLists bool
	// maxRequestLine limits the first line of a request; 0 is no limit.
	maxRequestLine int
	// exactRunPages sends a token with a full page of runs only if more follow, and requires
	// numbers as ids of experiments.
	exactRunPages bool
	// pagedHistory supports max_results in get-history.
	pagedHistory bool
	// maxTagValue limits the characters of a tag value.
	maxTagValue int
}

func newDialect(version string) dialect {
	if version == Version2 {
		return dialect{version: Version2, danglingAliases: true, maxTagValue: 5_000, maxRequestLine: 4094}
	}
	if version == "" {
		version = Version3
	}
	return dialect{
		version:          version,
		classifiedErrors: true,
		keepAlive:        true,
		hostCheck:        true,
		serverInfo:       true,
		loggedModels:     true,
		ownedSources:     true,
		latestAlias:      true,
		strictNames:      true,
		nameIn:           true,
		lenientLists:     true,
		exactRunPages:    true,
		pagedHistory:     true,
		maxTagValue:      100_000,
	}
}

// Server is an MLflow server in memory. It is an http.Handler; Start makes one that listens.
type Server struct {
	// URL is the base URL for clients, with the path prefix; empty if the server does not listen.
	URL string

	options  Options
	rules    dialect
	clock    func() time.Time
	listener *httptest.Server

	mu     sync.Mutex // guards state and hidden
	state  *state
	hidden func(name string) bool

	recorder recorder
	faults   faultRules
}

var _ http.Handler = (*Server)(nil)

// New creates a server that does not listen.
func New(options Options) *Server {
	clock := options.Clock
	if clock == nil {
		clock = time.Now
	}
	return &Server{options: options, rules: newDialect(options.Version), clock: clock, state: newState()}
}

// Start creates a server that listens on a free port of the loopback address.
func Start(options Options) *Server {
	s := New(options)
	s.listener = httptest.NewUnstartedServer(s)
	// Tests cause dropped connections and rejected certificates on purpose.
	s.listener.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.listener.Config.SetKeepAlivesEnabled(s.rules.keepAlive)
	if options.TLS {
		s.listener.StartTLS()
	} else {
		s.listener.Start()
	}
	s.URL = s.listener.URL + s.pathPrefix()
	return s
}

// Close stops listening. It releases blocked requests first.
func (s *Server) Close() {
	s.faults.removeAll()
	s.listener.CloseClientConnections()
	s.listener.Close()
}

// CertificatePEM returns the certificate of a server with Options.TLS.
func (s *Server) CertificatePEM() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.listener.Certificate().Raw})
}

func (s *Server) pathPrefix() string {
	return strings.TrimSuffix(s.options.PathPrefix, "/")
}

// ServeHTTP answers one request and records it.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	call := s.parseCall(r)
	answer := s.respond(r, call)
	call.Status = answer.status
	s.recorder.recordCall(call)
	if answer.dropped {
		panic(http.ErrAbortHandler)
	}
	answer.writeTo(w)
}

// respond handles a request with the fault of the first rule that matches.
func (s *Server) respond(r *http.Request, call *Call) *response {
	fault := s.faults.findFault(call)
	if fault.before != nil {
		fault.before(r.Context(), call)
	}
	if fault.response != nil {
		return fault.response
	}
	answer := s.handleCall(r, call)
	if call.Applied {
		s.recorder.notifyHooks(call)
	}
	if fault.after != nil {
		fault.after(r.Context(), call)
	}
	if fault.dropResponse {
		return &droppedResponse
	}
	return answer
}

func (s *Server) handleCall(r *http.Request, call *Call) *response {
	if rejection := s.rejectRequest(r, call); rejection != nil {
		return rejection
	}
	if call.route == nil {
		return s.respondPlain(call)
	}
	if call.invalidBody {
		return newPageResponse(http.StatusInternalServerError, serverErrorSentence)
	}
	body, err := s.runHandler(call)
	if err != nil {
		return s.newErrorResponse(err)
	}
	call.Applied = call.Write
	return newJSONResponse(call.route.successStatus(), body)
}

// runHandler checks the arguments and runs the handler under the lock.
func (s *Server) runHandler(call *Call) (any, error) {
	if err := call.Args.checkRequired(call.route.required); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	space, err := s.state.findWorkspace(call.Workspace)
	if err != nil {
		return nil, err
	}
	if err := s.authorize(space, call); err != nil {
		return nil, err
	}
	if call.shouldHideResults() {
		return emptyBody{}, nil
	}
	return call.route.handle(&request{
		args:      call.Args,
		workspace: space,
		state:     s.state,
		now:       s.clock().UnixMilli(),
		rules:     s.rules,
		hidden:    s.hiddenModelsFor(call),
	})
}
