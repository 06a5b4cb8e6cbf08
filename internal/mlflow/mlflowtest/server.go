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

// Options say which MLflow to be. The zero value is an open 3.17.2 on plain HTTP.
type Options struct {
	// Version is Version3 (default) or Version2.
	Version string
	// PathPrefix is --static-prefix: everything moves below it.
	PathPrefix string
	// AllowedHosts is --allowed-hosts: patterns that replace the default list and
	// match the Host header with its port. Nil: loopback and private addresses.
	AllowedHosts []string
	// Workspaces is --enable-workspaces.
	Workspaces bool
	// Accounts turns basic authentication on, by username.
	Accounts map[string]Account
	// BearerToken is what a proxy in front of MLflow would ask for. It may stand
	// beside Accounts.
	BearerToken string
	// TLS serves HTTPS with a certificate of its own: see Server.CertificatePEM.
	TLS bool
	// Clock gives the timestamps; nil is the real time.
	Clock func() time.Time
}

// Account is one user of the basic-auth app.
type Account struct {
	Password string
	// Admin may do everything.
	Admin bool
	// Permission holds for every object. Its zero value allows nothing.
	Permission Permission
}

// Permission is a level of MLflow's basic-auth app.
type Permission int

// The levels, each with all rights of those before it.
const (
	PermissionNone Permission = iota
	PermissionRead
	PermissionUse
	PermissionEdit
	PermissionManage
)

// The versions that were measured.
const (
	Version3 = "3.17.2"
	Version2 = "2.22.5"
)

// dialect is what differs between MLflow versions.
type dialect struct {
	version string
	// classifiedErrors: error bodies carry sqlstate and error_class.
	classifiedErrors bool
	// keepAlive: connections are reused.
	keepAlive bool
	// hostCheck: the Host and Origin headers are checked.
	hostCheck bool
	// serverInfo: server-info and workspaces exist.
	serverInfo bool
	// loggedModels: LoggedModel exists.
	loggedModels bool
	// ownedSources: a version's source must belong to its run or logged model.
	ownedSources bool
	// danglingAliases: an alias outlives the version it points to.
	danglingAliases bool
	// latestAlias: the alias latest can be read.
	latestAlias bool
	// strictNames: model names are checked.
	strictNames bool
	// nameIn: models and versions can be searched with name IN (…).
	nameIn bool
	// lenientLists: lists take double quotes, and run ids of any letters.
	lenientLists bool
	// maxRequestLine is the longest first line of a request; 0: none is too long here.
	maxRequestLine int
	// exactRunPages: a full page of runs has a token only when more follow, and the ids
	// of experiments must be numbers.
	exactRunPages bool
	// pagedHistory: get-history heeds max_results.
	pagedHistory bool
	// maxTagValue is the longest value of a tag.
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

// Server is an MLflow in memory. It is an http.Handler, and listens when it was
// made by Start.
type Server struct {
	// URL is the base for a client, with the path prefix; empty unless started.
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

// New makes a server that does not listen.
func New(options Options) *Server {
	clock := options.Clock
	if clock == nil {
		clock = time.Now
	}
	return &Server{options: options, rules: newDialect(options.Version), clock: clock, state: newState()}
}

// Start makes a server that listens on a free port of the loopback address.
func Start(options Options) *Server {
	s := New(options)
	s.listener = httptest.NewUnstartedServer(s)
	// Dropped connections and refused certificates are what tests ask for.
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

// Close stops listening. Held requests are let go first.
func (s *Server) Close() {
	s.faults.removeAll()
	s.listener.CloseClientConnections()
	s.listener.Close()
}

// CertificatePEM is the certificate that a client has to trust, with TLS only.
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

// respond runs the fault that a rule asks for around the handling of the request.
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
	if refusal := s.rejectRequest(r, call); refusal != nil {
		return refusal
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
