// Render or lint a chart with Helm's own packages: `template CHART WORD…` prints what `helm template redress CHART` prints, `lint CHART
// WORD…` what `helm lint` finds. A word is a file of values, or what follows `--set`, or `json:` and what follows `--set-json`.
package main

import (
	"errors"
	"fmt"
	"os"
	"sort"
	"strings"

	"helm.sh/helm/v3/pkg/chart/loader"
	"helm.sh/helm/v3/pkg/chartutil"
	"helm.sh/helm/v3/pkg/engine"
	"helm.sh/helm/v3/pkg/lint"
	"helm.sh/helm/v3/pkg/lint/support"
	"helm.sh/helm/v3/pkg/strvals"
)

const namespace = "complaints"

func main() {
	folder := os.Args[2]
	values, err := merged(os.Args[3:])
	exit(err)
	if os.Args[1] == "lint" {
		exit(linted(folder, values))
	} else {
		exit(rendered(folder, values))
	}
}

func merged(words []string) (map[string]interface{}, error) {
	values := map[string]interface{}{}
	for _, word := range words {
		var err error
		if strings.HasSuffix(word, ".yaml") {
			var read chartutil.Values
			read, err = chartutil.ReadValuesFile(word)
			values = chartutil.MergeTables(read, values)
		} else if assignment, found := strings.CutPrefix(word, "json:"); found {
			err = strvals.ParseJSON(assignment, values)
		} else {
			err = strvals.ParseInto(word, values)
		}
		if err != nil {
			return nil, err
		}
	}
	return values, nil
}

func rendered(folder string, values map[string]interface{}) error {
	chart, err := loader.Load(folder)
	if err != nil {
		return err
	}
	release := chartutil.ReleaseOptions{Name: "redress", Namespace: namespace, IsInstall: true, Revision: 1}
	all, err := chartutil.ToRenderValues(chart, values, release, chartutil.DefaultCapabilities)
	if err != nil {
		return err
	}
	files, err := engine.Render(chart, all)
	if err != nil {
		return err
	}
	names := []string{}
	for name := range files {
		if strings.HasSuffix(name, ".yaml") {
			names = append(names, name)
		}
	}
	sort.Strings(names)
	for _, name := range names {
		fmt.Printf("---\n# Source: %s\n%s\n", name, files[name])
	}
	return nil
}

func linted(folder string, values map[string]interface{}) error {
	said := []string{}
	for _, message := range lint.All(folder, values, namespace, true).Messages {
		if message.Severity > support.InfoSev {
			said = append(said, message.Error())
		}
	}
	if len(said) > 0 {
		return errors.New(strings.Join(said, "\n"))
	}
	return nil
}

func exit(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
