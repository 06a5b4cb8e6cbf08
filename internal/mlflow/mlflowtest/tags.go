// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package mlflowtest

func setModelTag(q *request) (any, error) {
	found, err := q.model()
	if err != nil {
		return nil, err
	}
	return empty{}, q.setTag(found.tags)
}

func deleteModelTag(q *request) (any, error) {
	found, err := q.model()
	if err != nil {
		return nil, err
	}
	return empty{}, q.deleteTag(found.tags)
}

func setVersionTag(q *request) (any, error) {
	found, err := q.version()
	if err != nil {
		return nil, err
	}
	return empty{}, q.setTag(found.tags)
}

func deleteVersionTag(q *request) (any, error) {
	found, err := q.version()
	if err != nil {
		return nil, err
	}
	return empty{}, q.deleteTag(found.tags)
}

// setTag changes no timestamp; a tag without a value is an empty one.
func (q *request) setTag(tags map[string]string) error {
	key, value := q.text("key"), q.text("value")
	if err := q.rules.checkTags(map[string]string{key: value}); err != nil {
		return err
	}
	tags[key] = value
	return nil
}

// deleteTag is content when there is none.
func (q *request) deleteTag(tags map[string]string) error {
	if err := checkTagKey(q.text("key")); err != nil {
		return err
	}
	delete(tags, q.text("key"))
	return nil
}
