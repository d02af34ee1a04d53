// Checks an SBOM with the SPDX project's own library, which Debian packages: every field is read as SPDX 2.3 defines it, and
// every relationship leads to an element of the document.
//
//	GO111MODULE=off GOPATH=/usr/share/gocode go run check-spdx.go FILE
package main

import (
	"fmt"
	"os"

	"github.com/spdx/tools-golang/json"
	"github.com/spdx/tools-golang/spdxlib"
)

func check(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	document, err := json.Read(file)
	if err != nil {
		return err
	}
	if err := spdxlib.ValidateDocument(document); err != nil {
		return err
	}
	for _, one := range document.Packages {
		if one.PackageVersion == "" || one.PackageLicenseConcluded == "" {
			return fmt.Errorf("%s has no version or no licence", one.PackageName)
		}
		fmt.Printf("  %s %s (%s)\n", one.PackageName, one.PackageVersion, one.PackageLicenseConcluded)
	}
	fmt.Printf("%s: %s, %d packages\n", path, document.SPDXVersion, len(document.Packages))
	return nil
}

func main() {
	if err := check(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "check-spdx:", err)
		os.Exit(1)
	}
}
