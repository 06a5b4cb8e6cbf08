// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package mlflowtest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
)

// User is another client than the tested one: a data scientist, a script, the MLflow UI. It calls
// any MLflow server, real or in memory.
type User struct {
	// URL is the server's base URL, with the path prefix.
	URL string
	// Username and Password are sent if set.
	Username, Password string
	// Workspace is sent if set.
	Workspace string
	// HTTP is the client; nil is http.DefaultClient.
	HTTP *http.Client
}

// User returns a client of the server. With accounts it authenticates as an admin.
func (s *Server) User() *User {
	user := &User{URL: s.URL}
	if s.listener != nil {
		user.HTTP = s.listener.Client()
	}
	for name, account := range s.options.Accounts {
		if account.Admin {
			user.Username, user.Password = name, account.Password
		}
	}
	return user
}

// ResponseError is an answer that is not a success.
type ResponseError struct {
	Status int
	// Code and Message are empty if the body is not MLflow's JSON.
	Code    string `json:"error_code"`
	Message string `json:"message"`
}

func (e *ResponseError) Error() string {
	return fmt.Sprintf("HTTP %d %s: %s", e.Status, e.Code, e.Message)
}

// Response is an answer as the server sent it.
type Response struct {
	Status int
	Header http.Header
	Body   []byte
	// Closed reports whether the server closes the connection after this answer.
	Closed bool
}

// SendRaw sends one request to a path below URL, with a JSON body unless it is nil, and returns
// the answer with any status.
func (u *User) SendRaw(ctx context.Context, method, path string, body any) (*Response, error) {
	content, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	if body == nil {
		content = nil
	}
	request, err := http.NewRequestWithContext(ctx, method, u.URL+path, bytes.NewReader(content))
	if err != nil {
		return nil, err
	}
	u.setAuth(request)
	return u.sendRequest(request)
}

func (u *User) setAuth(request *http.Request) {
	request.Header.Set("User-Agent", userAgent)
	request.Header.Set("Content-Type", typeJSON)
	if u.Username != "" {
		request.SetBasicAuth(u.Username, u.Password)
	}
	if u.Workspace != "" {
		request.Header.Set(workspaceHeader, u.Workspace)
	}
}

func (u *User) sendRequest(request *http.Request) (*Response, error) {
	client := u.HTTP
	if client == nil {
		client = http.DefaultClient
	}
	response, err := client.Do(request)
	if err != nil {
		return nil, err
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	return &Response{Status: response.StatusCode, Header: response.Header, Body: text, Closed: response.Close}, err
}

// CallEndpoint calls an endpoint below the API's base, such as registered-models/create, and
// decodes its answer into out unless it is nil. The arguments of a GET are its query.
func (u *User) CallEndpoint(ctx context.Context, method, endpoint string, args map[string]any, out any) error {
	path, body := apiPath+endpoint, any(args)
	if method == http.MethodGet {
		path, body = path+"?"+encodeQuery(args), nil
	}
	response, err := u.SendRaw(ctx, method, path, body)
	if err != nil {
		return fmt.Errorf("%s %s: %w", method, endpoint, err)
	}
	if err := response.toError(); err != nil {
		return fmt.Errorf("%s %s: %w", method, endpoint, err)
	}
	if out == nil {
		return nil
	}
	return json.Unmarshal(response.Body, out)
}

func (r *Response) toError() error {
	if r.Status < http.StatusMultipleChoices {
		return nil
	}
	failure := &ResponseError{Status: r.Status}
	_ = json.Unmarshal(r.Body, failure) // a page instead of JSON leaves the code empty
	return failure
}

func encodeQuery(args map[string]any) string {
	values := url.Values{}
	for name, value := range args {
		if list, ok := value.([]string); ok {
			values[name] = list
			continue
		}
		values.Set(name, fmt.Sprint(value))
	}
	return values.Encode()
}
