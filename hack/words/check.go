// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// skippedFolders hold what others wrote, or what is installed.
var skippedFolders = []string{".git", ".venv", ".demo", ".bench", "bin", "dist", "applyconfiguration"}

// skippedFiles are generated, or are about the words themselves.
var skippedFiles = []string{
	"CHANGELOG.md", "docs/api.md", "docs/adr/0020-names-and-words.md", "docs/adr/README.md", "docs/concepts/glossary.md",
	"hack/words/doc.go", "hack/words/words_test.go",
}

// finding is one refused word and its place.
type finding struct {
	file     string
	line     int
	sentence string
}

func (f finding) String() string {
	return fmt.Sprintf("%s:%d: %s", f.file, f.line, f.sentence)
}

// listFiles returns the Go and Markdown files below root that are checked, relative to it.
func listFiles(root string) ([]string, error) {
	var files []string
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		switch relative = filepath.ToSlash(relative); {
		case entry.IsDir() && slices.Contains(skippedFolders, entry.Name()):
			return fs.SkipDir
		case entry.IsDir(), slices.Contains(skippedFiles, relative), strings.HasPrefix(entry.Name(), "zz_generated"):
			return nil
		case strings.HasSuffix(relative, ".go"), strings.HasSuffix(relative, ".md"):
			files = append(files, relative)
		}
		return nil
	})
	return files, err
}

func checkFile(root, file string, rules rules) ([]finding, error) {
	content, err := os.ReadFile(filepath.Join(root, file))
	if err != nil {
		return nil, err
	}
	if strings.HasSuffix(file, ".md") {
		return checkMarkdown(file, string(content), rules), nil
	}
	return checkGo(file, content, rules)
}

// checkMarkdown checks the lines of a page that are not in a code block.
func checkMarkdown(file, content string, rules rules) []finding {
	var findings []finding
	isCode := false
	for i, line := range strings.Split(content, "\n") {
		if strings.HasPrefix(strings.TrimSpace(line), "```") {
			isCode = !isCode
		}
		if isCode {
			continue
		}
		for _, sentence := range rules.checkProse(line) {
			findings = append(findings, finding{file, i + 1, sentence})
		}
	}
	return findings
}

// checkGo checks the name of a Go file, what it declares, its comments and its string literals.
func checkGo(file string, content []byte, rules rules) ([]finding, error) {
	var findings []finding
	for _, sentence := range rules.checkName(strings.TrimSuffix(filepath.Base(file), ".go")) {
		findings = append(findings, finding{file, 1, sentence})
	}
	set := token.NewFileSet()
	parsed, err := parser.ParseFile(set, file, content, parser.ParseComments)
	if err != nil {
		return nil, err
	}
	report := func(pos token.Pos, sentences []string) {
		for _, sentence := range sentences {
			findings = append(findings, finding{file, set.Position(pos).Line, sentence})
		}
	}
	for _, group := range parsed.Comments {
		for _, comment := range group.List {
			report(comment.Pos(), rules.checkProse(comment.Text))
		}
	}
	ast.Inspect(parsed, func(node ast.Node) bool {
		for _, name := range declaredNames(node) {
			report(name.Pos(), rules.checkName(name.Name))
		}
		if literal, isLiteral := node.(*ast.BasicLit); isLiteral && literal.Kind == token.STRING {
			report(literal.Pos(), rules.checkProse(literal.Value))
		}
		return true
	})
	slices.SortStableFunc(findings, func(a, b finding) int { return a.line - b.line })
	return findings, nil
}

// declaredNames returns the identifiers that a node of the syntax tree declares.
func declaredNames(node ast.Node) []*ast.Ident {
	switch n := node.(type) {
	case *ast.File:
		return []*ast.Ident{n.Name}
	case *ast.FuncDecl:
		return []*ast.Ident{n.Name}
	case *ast.TypeSpec:
		return []*ast.Ident{n.Name}
	case *ast.ValueSpec:
		return n.Names
	case *ast.Field:
		return n.Names
	case *ast.AssignStmt:
		if n.Tok == token.DEFINE {
			return identifiersOf(n.Lhs...)
		}
	case *ast.RangeStmt:
		if n.Tok == token.DEFINE {
			return identifiersOf(n.Key, n.Value)
		}
	}
	return nil
}

func identifiersOf(expressions ...ast.Expr) []*ast.Ident {
	var names []*ast.Ident
	for _, expression := range expressions {
		if name, isName := expression.(*ast.Ident); isName {
			names = append(names, name)
		}
	}
	return names
}
