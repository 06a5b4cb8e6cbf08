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
		w := newRetentionEnv(ctx, 3)
		w.createObject(ctx, newRetentionModel(builder.KeepLatest(2)))
		w.waitForVersionCounts(ctx, "3/1")
		waitForConditions(ctx, w.modelObject(modelName), syncedConditions(modelName)...)
		Expect(w.listVersionStages()).To(Equal("1:Archived 2 3"))
		var note struct {
			By, Reason, Time string
			KeepLatest       int
		}
		Expect(json.Unmarshal([]byte(w.mlflow.Version(modelName, "1").Tags[v1alpha1.ArchivedTag]), &note)).To(Succeed())
		Expect(note.By).To(Equal(w.ownerTag(modelName)))
		Expect(note.Reason).To(Equal("it is not among the newest 2, and nothing else keeps it"))
		Expect(note.KeepLatest).To(Equal(2))
		Expect(note.Time).To(MatchRegexp(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$`))

		By("registering another one")
		w.mlflow.ResetCalls()
		w.registerVersions(ctx, 1)
		w.pollNow()
		w.waitForVersionCounts(ctx, "4/2")
		Expect(w.listVersionStages()).To(Equal("1:Archived 2:Archived 3 4"))
		var writes []string
		for _, call := range w.mlflow.Writes() {
			writes = append(writes, call.Endpoint+" "+call.Args.String("version"))
		}
		Expect(writes).To(Equal([]string{"model-versions/set-tag 2", transitionStageEndpoint + " 2"}))
		w.waitForModelEvents(ctx, modelName, w.adoptedEvent(), archivedEventNote(2, "1"), archivedEventNote(2, "2"))
	})

	It("archives nothing unless it is asked to", func(ctx SpecContext) {
		w := newRetentionEnv(ctx, 5)
		w.createObject(ctx, newModelWithGates())
		m := waitForConditions(ctx, w.modelObject(modelName), syncedConditions(modelName)...)
		Expect(m.Status.Versions).To(BeNil())
		Expect(w.mlflow.CountCalls(listVersionsEndpoint)).To(BeZero())
		Expect(w.listVersionStages()).To(Equal("1 2 3 4 5"))
	})

	It("leaves alone what something keeps, for as long as it does", func(ctx SpecContext) {
		w := newRetentionEnv(ctx, 6)
		Expect(w.user.SetAlias(ctx, modelName, "shadow", "1")).To(Succeed())
		w.moveToStage(ctx, "2", "Production")
		Expect(w.user.SetVersionTag(ctx, modelName, "3", "legal", "hold")).To(Succeed())
		w.moveToStage(ctx, "4", "Staging")
		w.createObject(ctx, newRetentionModel(builder.KeepLatest(1).KeepTagged("legal")))
		w.waitForVersionCounts(ctx, "6/2")
		Expect(w.listVersionStages()).To(Equal("1 2:Production 3 4:Archived 5:Archived 6"))

		By("taking the alias away, and the version out of Production")
		Expect(w.user.DeleteAlias(ctx, modelName, "shadow")).To(Succeed())
		w.pollNow()
		w.waitForVersionCounts(ctx, "6/3")
		w.moveToStage(ctx, "2", "None")
		w.pollNow()
		w.waitForVersionCounts(ctx, "6/4")
		Expect(w.listVersionStages()).To(Equal("1:Archived 2:Archived 3 4:Archived 5:Archived 6"))

		By("taking the tag away, which only a look at all versions shows")
		Expect(w.user.DeleteVersionTag(ctx, modelName, "3", "legal")).To(Succeed())
		requestReconcile(ctx, w.modelObject(modelName))
		w.waitForVersionCounts(ctx, "6/5")
	})

	It("keeps what promotions want, hold and held before", func(ctx SpecContext) {
		w := newChampionEnv(ctx, newRetentionModel(builder.KeepLatest(1)), nil, nil, nil, nil)
		w.waitForVersionCounts(ctx, "4/2")
		Expect(w.listVersionStages()).To(Equal("1 2:Archived 3:Archived 4"))
		w.setVersion(ctx, toProduction, "4")
		w.waitForHistory(ctx, toProduction, "Promoted 4 after 1", "Promoted 1 after none")
		w.registerVersions(ctx, 1)
		w.pollNow()
		w.waitForVersionCounts(ctx, "5/2")
		Expect(w.listVersionStages()).To(Equal("1 2:Archived 3:Archived 4 5"))

		By("promoting the next one: the first is no longer the one to go back to")
		w.setVersion(ctx, toProduction, "5")
		w.waitForHistory(ctx, toProduction, "Promoted 5 after 4", "Promoted 4 after 1", "Promoted 1 after none")
		w.waitForVersionCounts(ctx, "5/3")
		Expect(w.listVersionStages()).To(Equal("1:Archived 2:Archived 3:Archived 4 5"))
	})

	It("keeps a candidate that is refused, until another one is wanted", func(ctx SpecContext) {
		w := newConnectedEnv(ctx)
		w.registerModel(ctx, metrics{"accuracy": "0.1"}, nil, nil)
		w.createObject(ctx, builder.Promotion(toProduction).Version("1"))
		w.createObject(ctx, newGatedModel().Retention(builder.KeepLatest(1)))
		w.waitForVersionCounts(ctx, "3/1")
		Expect(w.listVersionStages()).To(Equal("1 2:Archived 3"))
		w.setVersion(ctx, toProduction, "3")
		w.waitForVersionCounts(ctx, "3/2")
		Expect(w.listVersionStages()).To(Equal("1:Archived 2:Archived 3"))
	})

	It("goes through two hundred versions, some at a time", func(ctx SpecContext) {
		w := newRetentionEnv(ctx, 200)
		for alias, version := range map[string]string{"champion": "7", "shadow": "88", "canary": "199"} {
			Expect(w.user.SetAlias(ctx, modelName, alias, version)).To(Succeed())
		}
		w.moveToStage(ctx, "50", "Production")
		for n := 150; n < 160; n++ {
			w.moveToStage(ctx, strconv.Itoa(n), "Archived")
		}
		largest, writes := 0, 0
		w.mlflow.OnWrite(func(call mlflowtest.Write) {
			if !call.ByUser && call.Endpoint == transitionStageEndpoint {
				writes++
				largest = max(largest, writes)
			}
		})
		w.mlflow.InjectFault(mlflowtest.CallsTo(listVersionsEndpoint), mlflowtest.RunBefore(func(mlflowtest.Call) { writes = 0 }))
		w.createObject(ctx, newRetentionModel(builder.KeepLatest(10)))
		w.waitForVersionCounts(ctx, "200/187")
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
		Expect(w.mlflow.CountCalls(transitionStageEndpoint)).To(Equal(177))
		archived := func() (batches int) {
			for _, told := range w.listEvents(ctx, "RegisteredModel", modelName) {
				if strings.HasPrefix(told, "Normal VersionsArchived: ") {
					batches++
				}
			}
			return batches
		}
		Eventually(archived).WithContext(ctx).Should(Equal(9))
	})

	It("costs nothing once nothing is left to do, also after a restart", func(ctx SpecContext) {
		w := newChampionEnv(ctx, newRetentionModel(builder.KeepLatest(2)), nil, nil, nil, nil, nil)
		w.waitForVersionCounts(ctx, "5/2")
		w.waitForStageSummary(ctx, "production=1")
		before := w.getModel(ctx).ResourceVersion
		w.mlflow.ResetCalls()
		for range 3 {
			w.pollNow()
		}
		restartOperator(controlPlane.Config)
		Eventually(func() bool { return provider.State(w.connectionKey()).Ready }).WithContext(ctx).Should(BeTrue())
		requestReconcile(ctx, w.promotionObject(toProduction))
		waitForConditions(ctx, w.promotionObject(toProduction), expectation{version: "1"}.promotedConditions()...)
		Expect(w.mlflow.CountCalls(listVersionsEndpoint)).To(BeZero())
		w.expectNoWrites()
		Expect(w.getModel(ctx).ResourceVersion).To(Equal(before))
	})
})
