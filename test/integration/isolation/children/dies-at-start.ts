throw new Error('never comes up');
