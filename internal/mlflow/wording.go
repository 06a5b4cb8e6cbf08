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

// parseError takes MLflow's code and message from a body, if it is MLflow's.
func (c *Client) parseError(body []byte) (code, message string) {
	var said struct {
		ErrorCode string `json:"error_code"`
		Message   string `json:"message"`
	}
	if json.Unmarshal(body, &said) != nil || said.ErrorCode == "" {
		return "", ""
	}
	return c.sanitizeMessage(said.ErrorCode), c.sanitizeMessage(said.Message)
}

// sanitizeMessage is the first line of a text, without credentials that a server or a
// gateway repeated, control characters and excess.
func (c *Client) sanitizeMessage(text string) string {
	if c.config.Auth != nil {
		text = redactSecrets(text, c.config.Auth.secretValues())
	}
	text, _, _ = strings.Cut(strings.TrimSpace(text), "\n")
	text = strings.Map(replaceInvisible, text)
	if runes := []rune(text); len(runes) > maxMessage {
		return string(runes[:maxMessage])
	}
	return text
}

func redactSecrets(text string, secrets []string) string {
	for _, secret := range secrets {
		if secret != "" {
			text = strings.ReplaceAll(text, secret, "***")
		}
	}
	return text
}

func replaceInvisible(r rune) rune {
	if unicode.IsPrint(r) {
		return r
	}
	return -1
}
