// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"encoding/json"
	"strconv"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/mlflowtest"
	"github.com/neuronews/mlflow-registry-operator/test/builder"
)

var _ = Describe("A retention that archives", func() {
	It("archives what newer versions push out, and says on it why and when", func(ctx SpecContext) {
		w := grown(ctx, 3)
		w.apply(ctx, keeping(builder.Newest(2)))
		w.counts(ctx, "3/1")
		shows(ctx, w.model(modelName), synced(modelName)...)
		Expect(w.stages()).To(Equal("1:Archived 2 3"))
		var note struct {
			By, Reason, Time string
			KeepLatest       int
		}
		Expect(json.Unmarshal([]byte(w.mlflow.Version(modelName, "1").Tags[v1alpha1.ArchivedTag]), &note)).To(Succeed())
		Expect(note.By).To(Equal(w.mark(modelName)))
		Expect(note.Reason).To(Equal("it is not among the newest 2, and nothing else keeps it"))
		Expect(note.KeepLatest).To(Equal(2))
		Expect(note.Time).To(MatchRegexp(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$`))

		By("registering another one")
		w.mlflow.Reset()
		w.grows(ctx, 1)
		w.poll()
		w.counts(ctx, "4/2")
		Expect(w.stages()).To(Equal("1:Archived 2:Archived 3 4"))
		var writes []string
		for _, call := range w.mlflow.Writes() {
			writes = append(writes, call.Endpoint+" "+call.Args.Text("version"))
		}
		Expect(writes).To(Equal([]string{"model-versions/set-tag 2", transition + " 2"}))
		w.tellsOfModel(ctx, modelName, w.adopted(), versionsArchived(2, "1"), versionsArchived(2, "2"))
	})

	It("archives nothing unless it is asked to", func(ctx SpecContext) {
		w := grown(ctx, 5)
		w.apply(ctx, demanding())
		m := shows(ctx, w.model(modelName), synced(modelName)...)
		Expect(m.Status.Versions).To(BeNil())
		Expect(w.mlflow.Count(listVersions)).To(BeZero())
		Expect(w.stages()).To(Equal("1 2 3 4 5"))
	})

	It("leaves alone what something keeps, for as long as it does", func(ctx SpecContext) {
		w := grown(ctx, 6)
		Expect(w.user.SetAlias(ctx, modelName, "shadow", "1")).To(Succeed())
		w.shifts(ctx, "2", "Production")
		Expect(w.user.SetVersionTag(ctx, modelName, "3", "legal", "hold")).To(Succeed())
		w.shifts(ctx, "4", "Staging")
		w.apply(ctx, keeping(builder.Newest(1).Tags("legal")))
		w.counts(ctx, "6/2")
		Expect(w.stages()).To(Equal("1 2:Production 3 4:Archived 5:Archived 6"))

		By("taking the alias away, and the version out of Production")
		Expect(w.user.DeleteAlias(ctx, modelName, "shadow")).To(Succeed())
		w.poll()
		w.counts(ctx, "6/3")
		w.shifts(ctx, "2", "None")
		w.poll()
		w.counts(ctx, "6/4")
		Expect(w.stages()).To(Equal("1:Archived 2:Archived 3 4:Archived 5:Archived 6"))

		By("taking the tag away, which only a look at all versions shows")
		Expect(w.user.DeleteVersionTag(ctx, modelName, "3", "legal")).To(Succeed())
		lookNow(ctx, w.model(modelName))
		w.counts(ctx, "6/5")
	})

	It("keeps what promotions want, hold and held before", func(ctx SpecContext) {
		w := champion(ctx, keeping(builder.Newest(1)), nil, nil, nil, nil)
		w.counts(ctx, "4/2")
		Expect(w.stages()).To(Equal("1 2:Archived 3:Archived 4"))
		w.promote(ctx, toProduction, "4")
		w.records(ctx, toProduction, "Promoted 4 after 1", "Promoted 1 after none")
		w.grows(ctx, 1)
		w.poll()
		w.counts(ctx, "5/2")
		Expect(w.stages()).To(Equal("1 2:Archived 3:Archived 4 5"))

		By("promoting the next one: the first is no longer the one to go back to")
		w.promote(ctx, toProduction, "5")
		w.records(ctx, toProduction, "Promoted 5 after 4", "Promoted 4 after 1", "Promoted 1 after none")
		w.counts(ctx, "5/3")
		Expect(w.stages()).To(Equal("1:Archived 2:Archived 3:Archived 4 5"))
	})

	It("keeps a candidate that is refused, until another one is wanted", func(ctx SpecContext) {
		w := connected(ctx)
		w.registered(ctx, metrics{"accuracy": "0.1"}, nil, nil)
		w.apply(ctx, builder.Promotion(toProduction).Version("1"))
		w.apply(ctx, gated().Retention(builder.Newest(1)))
		w.counts(ctx, "3/1")
		Expect(w.stages()).To(Equal("1 2:Archived 3"))
		w.promote(ctx, toProduction, "3")
		w.counts(ctx, "3/2")
		Expect(w.stages()).To(Equal("1:Archived 2:Archived 3"))
	})

	It("goes through two hundred versions, some at a time", func(ctx SpecContext) {
		w := grown(ctx, 200)
		for alias, version := range map[string]string{"champion": "7", "shadow": "88", "canary": "199"} {
			Expect(w.user.SetAlias(ctx, modelName, alias, version)).To(Succeed())
		}
		w.shifts(ctx, "50", "Production")
		for n := 150; n < 160; n++ {
			w.shifts(ctx, strconv.Itoa(n), "Archived")
		}
		largest, writes := 0, 0
		w.mlflow.OnWrite(func(call mlflowtest.Write) {
			if !call.ByUser && call.Endpoint == transition {
				writes++
				largest = max(largest, writes)
			}
		})
		w.mlflow.Fail(mlflowtest.Endpoint(listVersions), mlflowtest.Before(func(mlflowtest.Call) { writes = 0 }))
		w.apply(ctx, keeping(builder.Newest(10)))
		w.counts(ctx, "200/187")
		for n := 1; n <= 200; n++ {
			want := "Archived"
			switch {
			case n == 50:
				want = "Production"
			case n == 7 || n == 88 || n > 190:
				want = "None"
			}
			Expect(w.mlflow.Version(modelName, strconv.Itoa(n)).CurrentStage).To(Equal(want), "version %d", n)
		}
		Expect(largest).To(Equal(20))
		Expect(w.mlflow.Count(transition)).To(Equal(177))
		archived := func() (batches int) {
			for _, told := range w.told(ctx, "RegisteredModel", modelName) {
				if strings.HasPrefix(told, "Normal VersionsArchived: ") {
					batches++
				}
			}
			return batches
		}
		Eventually(archived).WithContext(ctx).Should(Equal(9))
	})

	It("costs nothing once nothing is left to do, also after a restart", func(ctx SpecContext) {
		w := champion(ctx, keeping(builder.Newest(2)), nil, nil, nil, nil, nil)
		w.counts(ctx, "5/2")
		w.holdersAre(ctx, "production=1")
		before := w.read(ctx).ResourceVersion
		w.mlflow.Reset()
		for range 3 {
			w.poll()
		}
		restartOperator(plane.Config)
		Eventually(func() bool { return provider.State(w.key()).Ready }).WithContext(ctx).Should(BeTrue())
		lookNow(ctx, w.promotion(toProduction))
		shows(ctx, w.promotion(toProduction), verdict{version: "1"}.holds()...)
		Expect(w.mlflow.Count(listVersions)).To(BeZero())
		w.wroteNothing()
		Expect(w.read(ctx).ResourceVersion).To(Equal(before))
	})
})
