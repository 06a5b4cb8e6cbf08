// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package mlflow

import (
	"encoding/json"
	"strings"
	"unicode"
)

// maxMessage keeps a message fit for a condition: some of MLflow's hold SQL.
const maxMessage = 200

// wording takes MLflow's code and message from a body, if it is MLflow's.
func (c *Client) wording(body []byte) (code, message string) {
	var said struct {
		ErrorCode string `json:"error_code"`
		Message   string `json:"message"`
	}
	if json.Unmarshal(body, &said) != nil || said.ErrorCode == "" {
		return "", ""
	}
	return c.presentable(said.ErrorCode), c.presentable(said.Message)
}

// presentable is the first line of a text, without credentials that a server or a
// gateway repeated, control characters and excess.
func (c *Client) presentable(text string) string {
	if c.config.Auth != nil {
		text = redact(text, c.config.Auth.secrets())
	}
	text, _, _ = strings.Cut(strings.TrimSpace(text), "\n")
	text = strings.Map(visible, text)
	if runes := []rune(text); len(runes) > maxMessage {
		return string(runes[:maxMessage])
	}
	return text
}

func redact(text string, secrets []string) string {
	for _, secret := range secrets {
		if secret != "" {
			text = strings.ReplaceAll(text, secret, "***")
		}
	}
	return text
}

func visible(r rune) rune {
	if unicode.IsPrint(r) {
		return r
	}
	return -1
}
